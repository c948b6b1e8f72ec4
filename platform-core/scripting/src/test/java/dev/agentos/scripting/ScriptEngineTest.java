package dev.agentos.scripting;

import static dev.agentos.scripting.FakeHost.script;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptEngineTest {

    private static final ScriptEngine ENGINE = new ScriptEngine(2, 128L * 1024 * 1024);
    private static final ErrorCode BUSY = ErrorCode.of("service", "BUSY", ErrorType.EXTERNAL, true);
    private static final ErrorCode DENIED = ErrorCode.of("service", "DENIED", ErrorType.DENIED, false);

    private final FakeHost host = new FakeHost();

    private JsonValue result(String source) {
        return ENGINE.execute(script(source), host);
    }

    private AgentOsException failure(String source) {
        return failure(source, host);
    }

    private static AgentOsException failure(String source, ScriptHost on) {
        return org.assertj.core.api.Assertions.catchThrowableOfType(
                AgentOsException.class, () -> ENGINE.execute(script(source), on));
    }

    @Test
    void computesFromItsState() {
        Script script = script(
                "const total = state.items.reduce((sum, item) => sum + item.price, 0);\nreturn { total };",
                Json.parseObject("{\"items\":[{\"price\":2.5},{\"price\":4}]}"));
        assertThat(ENGINE.execute(script, host)).isEqualTo(Json.parse("{\"total\":6.5}"));
    }

    @Test
    void returnsNullForNothing() {
        assertThat(result("")).isEqualTo(Json.parse("null"));
        assertThat(result("return;")).isEqualTo(Json.parse("null"));
        assertThat(result("return undefined")).isEqualTo(Json.parse("null"));
    }

    @Test
    void mayAwaitWhatIsThere() {
        assertThat(result("const add = async (a, b) => a + b; return { n: await add(await 1, 2) };"))
                .isEqualTo(Json.parse("{\"n\":3}"));
    }

    @Test
    void leavesOutWhatIsUndefined() {
        assertThat(result("return { a: undefined, b: 1 }")).isEqualTo(Json.parse("{\"b\":1}"));
    }

    @Test
    void callsTheHost() {
        assertThat(result("const a = tools.echo({ n: 1 }); const b = call('echo', [2]); const c = call('echo');"
                        + " return [a, b, c]"))
                .isEqualTo(Json.parse("[{\"n\":1},[2],{}]"));
        assertThat(host.calls).containsExactly("1 echo {\"n\":1}", "2 echo [2]", "3 echo {}");
    }

    @Test
    void asksTheHostForWhatIsNotInItsToolbox() {
        result("return [tools['other.tool']({}), call('third')]");
        assertThat(host.calls).containsExactly("1 other.tool {}", "2 third {}");
    }

    @Test
    void catchesWhatAToolAnswersAboutItsFailure() {
        FakeHost failing = new FakeHost((name, arguments) -> ToolResult.failure("no such city"));
        Script script = script("try { tools.echo({}) } catch (e) { return [e.name, e.message, e.code, e.output] }");
        assertThat(ENGINE.execute(script, failing))
                .isEqualTo(Json.parse("[\"ToolError\",\"no such city\",\"tool:FAILED\",\"no such city\"]"));
        assertThat(failure("const n = 1;\ntools.echo({})", failing)).satisfies(e -> {
            assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.FAILED);
            assertThat(e).hasMessage("Line 2: ToolError: no such city");
        });
    }

    @Test
    void throwsOnWhatTheHostThrewUnlessTheScriptCatchesIt() {
        AgentOsException busy = new AgentOsException(BUSY, "The service is busy.", "Try later.");
        FakeHost failing = new FakeHost((name, arguments) -> {
            throw busy;
        });
        assertThat(failure("tools.echo({})", failing)).isSameAs(busy);
        assertThat(failure("try { tools.echo({}) } catch (e) { throw e }", failing))
                .isSameAs(busy);
        assertThat(failure("await Promise.reject(1).catch(() => call('echo'))", failing))
                .isSameAs(busy);
        assertThat(failure("try { tools.echo({}) } catch (e) { throw new Error('else') }", failing))
                .hasMessage("Line 1: Error: else");
        assertThat(ENGINE.execute(script("try { tools.echo({}) } catch (e) { return e.code }"), failing))
                .isEqualTo(Json.parse("\"service:BUSY\""));
    }

    @Test
    void doesNotLetAScriptCatchADenialOrACancellation() {
        cannotBeCaught(new AgentOsException(DENIED, "Denied.", "Ask."));
        cannotBeCaught(new AgentOsException(KernelErrorCode.CANCELLED, "Cancelled.", "Again."));
    }

    private static void cannotBeCaught(AgentOsException denied) {
        FakeHost failing = new FakeHost((name, arguments) -> {
            throw denied;
        });
        assertThat(failure("for (;;) try { tools.echo({}) } catch (e) { } finally { tools.echo({}) }", failing))
                .isSameAs(denied);
        assertThat(failing.calls).hasSize(1);
    }

    @Test
    void reportsAnErrorWithItsLine() {
        AgentOsException e = failure("const a = 1;\n\nfunction deep(x) {\n  return x.y.z;\n}\nreturn deep({})");
        assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.FAILED);
        assertThat(e).hasMessage("Line 3 or after: TypeError: cannot read property 'z' of undefined");
        assertThat(failure("await 1;\nthrow new RangeError('far')")).hasMessage("Line 2: RangeError: far");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "throw 'text'|thrown: text",
                "throw 42|thrown: 42",
                "throw undefined|thrown: undefined",
                "throw Symbol('s')|thrown: Symbol(s)",
                "throw null|thrown: null",
                "throw {}|Error: ",
                "throw { name: 'Own', message: 'mine' }|Own: mine",
                "throw { get message() { throw 1 }, get name() { throw 2 } }|Error: ",
                "throw { message: 5, name: {} }|Error: ",
                "throw new Error('half \\ud800 zero \\0 end')|Line 1: Error: half \uFFFD zero \uFFFD end",
                "return Promise.reject(new Error('later'))|Line 1: Error: later",
            })
    void saysWhateverWasThrown(String source, String message) {
        assertThat(failure(source))
                .hasMessageStartingWith(message)
                .satisfies(e -> assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.FAILED));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{a:{b:[1,NaN]}}|The result.a.b[1] is NaN, which JSON does not have.",
                "{a:-Infinity}|The result.a is -Infinity, which JSON does not have.",
                "[1/0]|The result[0] is Infinity, which JSON does not have.",
                "{n:10n}|The result.n is a bigint, which JSON does not have.",
                "() => 1|The result is a function, which JSON does not have.",
                "[() => 1]|The result[0] is a function, which JSON does not have.",
                "[[Symbol('s')]]|The result[0][0] is a symbol, which JSON does not have.",
                "Symbol('s')|The result is a symbol, which JSON does not have.",
                "[undefined]|The result[0] is undefined, which JSON does not have.",
                "[1,,2]|The result[1] is undefined, which JSON does not have.",
                "{m:new Map([[1,2]])}|The result.m is not a plain object, and nothing of it would be left in JSON.",
                "new (class A {})|The result is not a plain object, and nothing of it would be left in JSON.",
                "{e:new Error('x')}|The result.e is not a plain object, and nothing of it would be left in JSON.",
                "[{ a: new Set([1]) }]|The result[0].a is not a plain object",
                "Promise|The result is a function, which JSON does not have.",
                "[new Promise(() => {})]|The result[0] is not a plain object",
                "/x/|The result is not a plain object, and nothing of it would be left in JSON.",
                "{t:'\\ud800'}|The result.t holds U+0000 or half of a surrogate pair, which cannot be stored.",
                "{t:'a\\udfffb'}|The result.t holds U+0000 or half of a surrogate pair, which cannot be stored.",
                "{['\\udc00']:1}|The result.\uFFFD has a name that cannot be stored.",
                "{t:'a\\0b'}|The result.t holds U+0000 or half of a surrogate pair, which cannot be stored.",
                "{['\\0']:1}|The result.\uFFFD has a name that cannot be stored.",
                "(() => { const a = {}; a.b = [a]; return a })()|contains itself.",
                "(() => { let a = []; a[0] = a; a[1] = a; return a })()|contains itself.",
                "(() => { let a = []; for (let i = 0; i < 120; i++) a = [a]; return a })()|nesting depth",
            })
    void refusesResultsThatAreNotJson(String expression, String message) {
        AgentOsException e = failure("return " + expression);
        assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.INVALID_RESULT);
        assertThat(e).hasMessageContaining(message);
    }

    @Test
    void takesResultsAsJsonDoes() {
        assertThat(result("return { f() {}, s: Symbol('s'), u: undefined, n: null, o: {}, a: [] }"))
                .isEqualTo(Json.parse("{\"n\":null,\"o\":{},\"a\":[]}"));
        assertThat(result("return [new Date(), new (class A { x = 1 }), Object('t'), { toJSON: () => 5 }]"))
                .isEqualTo(Json.parse("[\"2026-02-03T04:05:06.789Z\",{\"x\":1},\"t\",5]"));
        assertThat(result("return ['null', '{}', '\\\\u0000', '\\\\ud800', '\\u0001', '\ud83d\ude00', 'NaN']"))
                .isEqualTo(Json.parse(
                        "[\"null\",\"{}\",\"\\\\u0000\",\"\\\\ud800\",\"\\u0001\",\"\ud83d\ude00\",\"NaN\"]"));
    }

    @Test
    void takesResultsWhateverTheScriptDidToItsWorld() {
        assertThat(result("JSON.stringify = () => '{\"lie\":1}'; return { a: 1 }"))
                .isEqualTo(Json.parse("{\"a\":1}"));
        assertThat(result("let n = 0; return { get a() { return ++n } }")).isEqualTo(Json.parse("{\"a\":1}"));
        assertThat(result("return { ['__proto__']: { a: 1 } }")).isEqualTo(Json.parse("{\"__proto__\":{\"a\":1}}"));
        assertThat(result("return Object.assign(Object.create(null), { a: 1 })"))
                .isEqualTo(Json.parse("{\"a\":1}"));
        assertThat(result("return [-0, 1e21, 1.5e-7, 9007199254740991]"))
                .isEqualTo(Json.parse("[0,1e+21,1.5e-7,9007199254740991]"));
    }

    @Test
    void showsErrorsOfGetters() {
        assertThat(failure("return {\n get a() { throw new Error('no') } }")).hasMessage("Line 2: Error: no");
        assertThat(failure("return {\n toJSON() { throw new TypeError('no') } }"))
                .hasMessage("Line 2: TypeError: no");
    }

    @Test
    void isTheSameEachTime() {
        String source = "return [Math.random(), Math.random(), Date.now(), new Date().toISOString(),"
                + " new Date(0).getTimezoneOffset(), [3,1,2].sort(() => Math.random() - 0.5)]";
        JsonValue once = result(source);
        assertThat(result(source)).isEqualTo(once);
        assertThat(new ScriptEngine(1, 16L * 1024 * 1024).execute(script(source), host))
                .isEqualTo(once);
        assertThat(once.toString()).contains(FakeHost.NOW.toEpochMilli() + ",\"2026-02-03T04:05:06.789Z\",0,");
        Script other = new Script(source, JsonObject.EMPTY, List.of(), "else", FakeHost.NOW, ScriptLimits.DEFAULT);
        assertThat(ENGINE.execute(other, host)).isNotEqualTo(once);
    }

    @Test
    void sharesNothingBetweenExecutions() {
        result("globalThis.left = 1; Array.prototype.left = 2; Math.max = () => 3; state.left = 4; return {}");
        assertThat(result("return [typeof left, [].left === undefined, Math.max(1, 2), state.left === undefined]"))
                .isEqualTo(Json.parse("[\"undefined\",true,2,true]"));
    }

    @Test
    void drawsEvenly() {
        assertThat(result("let sum = 0; for (let i = 0; i < 2000; i++) { const x = Math.random();"
                        + " if (x < 0 || x >= 1) throw x; sum += x } return sum > 900 && sum < 1100"))
                .isEqualTo(Json.parse("true"));
    }

    @Test
    void collectsWhatIsWrittenToTheConsole() {
        result("console.log('a', 1, { b: [2] }, null); console.warn(new TypeError('t')); console.error(undefined,"
                + " Symbol('s')); console.log({ toJSON() { throw 1 } })");
        assertThat(host.lines)
                .containsExactly("a 1 {\"b\":[2]} null", "TypeError: t", "undefined Symbol(s)", "[not shown]");
    }

    @Test
    void keepsTheConsoleOfAScriptThatFails() {
        assertThat(failure("console.log('before'); throw new Error('x')")).isNotNull();
        assertThat(host.lines).containsExactly("before");
    }

    @Test
    void boundsTheConsole() {
        result("for (let i = 0; i < 300; i++) console.log('x'.repeat(2000))");
        assertThat(host.lines).hasSize(100).allSatisfy(line -> assertThat(line).hasSize(1000));
    }

    @Test
    void endsAtOnceWithItsResult() {
        assertThat(result("Promise.resolve().then(function spin() { return Promise.resolve().then(spin) }); return 1"))
                .isEqualTo(Json.parse("1"));
        assertThat(result("Promise.reject(new Error('nobody looks')); return 2"))
                .isEqualTo(Json.parse("2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "await new Promise(() => {})",
                "return new Promise(() => {})",
                "return { then() {} }",
                "Promise.prototype.then = () => {}; await Promise.resolve()",
            })
    void noticesThatNothingWillSettle(String source) {
        AgentOsException e = failure(source);
        assertThat(e == null ? null : e.errorCode()).isIn(null, ScriptErrorCode.NEVER_SETTLED);
        if (!source.startsWith("Promise")) {
            assertThat(e).isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "let x = ;|1|9",
                "let a = 1;\\n\\n   let x = ];|3|12",
                "return {a:1,,}|1|13",
                "const a=1; const a=2;|1|19",
                "if (x { }|1|7",
                "import x from 'os'|1|8",
                "a b c|1|3",
                "'abc|1|1",
                "foo(\\n 1,\\n|3|1",
                "return { a: 1|1|14",
                "let state = 1|1|11",
            })
    void namesThePlaceOfASyntaxError(String source, int line, int column) {
        Optional<ScriptFault> fault = ENGINE.check(source.replace("\\n", "\n"));
        assertThat(fault).hasValueSatisfying(found -> {
            assertThat(List.of(found.line(), found.column()))
                    .as(found.message())
                    .containsExactly(line, column);
            assertThat(found.message()).startsWith("Line " + line + ", column " + column + ": ");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return 1 }",
                "return 1 }); globalThis.x = 1; (function () {",
                "}, async function (state) {",
                "} + function () {",
                "}) => 1, (() => {",
                "}}",
                "export default 1",
                "export const a = 1",
                "with (state) { a }",
                "return 017",
                "super.x",
                "new.target.x.y z",
                "@",
                "yield 1",
                "break",
            })
    void refusesWhatIsNotTheBodyOfAFunction(String source) {
        assertThat(ENGINE.check(source)).isPresent();
        assertThat(failure(source).errorCode()).isEqualTo(ScriptErrorCode.SYNTAX_ERROR);
    }

    @Test
    void checksWithoutExecuting() {
        assertThat(ENGINE.check("for (;;) {}")).isEmpty();
        assertThat(ENGINE.check("tools.echo({}); return require('fs')")).isEmpty();
        assertThat(ENGINE.check("")).isEmpty();
        assertThat(ENGINE.check("// é 漢 😀\nreturn '😀'")).isEmpty();
        assertThat(ENGINE.check("x".repeat(Script.MAX_SOURCE + 1))).isPresent();
        assertThat(ENGINE.check("'\ud800'")).isPresent();
        assertThat(ENGINE.check("\0")).isPresent();
    }

    @Test
    void readsDeeplyNestedSourcesWithinItsLimits() {
        assertThatThrownBy(() -> ENGINE.check("return " + "(".repeat(100_000)))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.STACK_EXCEEDED));
    }

    @Test
    void isStrict() {
        assertThat(failure("undeclared = 1")).hasMessageContaining("ReferenceError");
        assertThat(result("return this === undefined")).isEqualTo(Json.parse("true"));
    }

    @Test
    void isCancelledByAnInterrupt() throws InterruptedException {
        java.util.concurrent.CompletableFuture<Throwable> thrown = new java.util.concurrent.CompletableFuture<>();
        FakeHost signalling = new FakeHost();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                ENGINE.execute(script("for (;;) {}"), signalling);
            } catch (AgentOsException e) {
                thrown.complete(Thread.currentThread().isInterrupted() ? e : new IllegalStateException("flag lost"));
            }
        });
        Thread.sleep(200);
        caller.interrupt();
        assertThat(thrown.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join())
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.CANCELLED));
        caller.join();
    }
}
