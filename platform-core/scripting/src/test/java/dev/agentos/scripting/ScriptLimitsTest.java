package dev.agentos.scripting;

import static dev.agentos.scripting.FakeHost.script;
import static dev.agentos.scripting.FakeHost.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptLimitsTest {

    private static final long MIB = 1024 * 1024;
    private static final int PAGES = 2048;
    private static final Duration SHORT = Duration.ofMillis(300);

    private final ScriptEngine engine = new ScriptEngine(2, PAGES * 65536L, Duration.ofMillis(200));
    private final FakeHost host = new FakeHost();

    @BeforeEach
    void load() {
        assertThat(engine.check("")).isEmpty();
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        assertThat(engine.freePages()).isEqualTo(PAGES);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("script")) {
                assertThat(thread.join(Duration.ofSeconds(5)))
                        .as("a script's thread has ended")
                        .isTrue();
            }
        }
    }

    private AgentOsException failure(String source, ScriptLimits limits) {
        return failure(source, limits, host);
    }

    private AgentOsException failure(String source, ScriptLimits limits, ScriptHost on) {
        List<JsonValue> results = new ArrayList<>();
        AgentOsException e = catchThrowableOfType(
                AgentOsException.class, () -> results.add(engine.execute(within(script(source), limits), on)));
        assertThat(e).as("instead: " + results).isNotNull();
        return e;
    }

    private static ScriptLimits output(int bytes) {
        return new ScriptLimits(32 * MIB, Duration.ofSeconds(20), 100, bytes);
    }

    private static ScriptLimits memory(long bytes) {
        return new ScriptLimits(bytes, Duration.ofSeconds(30), 100, 1024 * 1024);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "while (true) {}",
                "for (;;) try { null.x } catch { continue } finally { continue }",
                "do { } while (1)",
                "const spin = () => { for (;;); }; spin()",
                "/^(a+)+$/.test('a'.repeat(40) + '!')",
                "/(?:(?:x+)*)*y/.exec('x'.repeat(40))",
                "'x'.repeat(60).match(/(x*)*(x*)*(x*)*(x*)*y/)",
                "const a = []; a.length = 4294967295; a.sort(); for (;;) a.indexOf(1)",
                "for (;;) [3, 2, 1].sort(() => { for (;;); })",
                "(function* () { for (;;) yield 1 })().forEach(() => 1)",
                "const p = new Proxy({}, { ownKeys: () => { for (;;); } }); return Object.keys(p)",
                "return { get a() { for (;;); } }",
                "return { toString: 1, a: new Proxy([], { get: () => { for (;;); } }) }",
                "throw { get message() { for (;;); } }",
                "const next = () => Promise.resolve().then(next); await next()",
                "for await (const x of (async function* () { for (;;) yield 1 })());",
                "queueMicrotask(function again() { queueMicrotask(again) }); await new Promise(() => {})",
                "let n = 1n; for (;;) n = n * 3n % 1000007n",
                "let n = 3n; for (;;) n = n * n",
                "JSON.parse('[' + '1,'.repeat(1000) + '1]', () => { for (;;); })",
                "for (;;) console.log('x')",
                "let s = ''; for (;;) { s = (s + 'x').slice(-100) }",
                "const w = new WeakMap(); for (;;) w.set({}, {})",
            })
    void endsWhatDoesNotEnd(String source) {
        AgentOsException e = failure(source, FakeHost.time(SHORT));
        assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(ScriptErrorCode.TIME_EXCEEDED);
        assertThat(e).hasMessageContaining("300 ms");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "const a = []; for (;;) a.push(new Array(1e6))",
                "const a = []; for (;;) a.push('x'.repeat(1e5) + a.length)",
                "let a = 'x'; for (;;) { a = a + a; a.charCodeAt(0); ({})[a] }",
                "const a = []; for (;;) a.push(new Uint8Array(1e5).fill(1))",
                "return new Uint8Array(1e9).length",
                "return 'x'.repeat(5e8).padEnd(6e8).toUpperCase().length",
                "let o = {}; for (let i = 0; ; i++) { o['k' + i] = { i } }",
                "const m = new Map(); for (let i = 0; ; i++) m.set(i, [i, i, i])",
                "const f = []; for (;;) f.push(() => f)",
                "const p = []; for (;;) p.push(new Promise(() => {}))",
                "const b = new ArrayBuffer(8, { maxByteLength: 1e9 }); b.resize(1e9); return 1",
                "let l = null; for (;;) { l = { l } }",
                "return [...Array(1e8).keys()].length",
                "const a = []; a.length = 4294967295; return a",
                "let b = 1; for (let i = 0; i < 60; i++) b = [b, b]; return b",
                "try { const a = []; for (;;) a.push(new Array(1e6)) } catch (e) { throw new Error('mine') }",
                "const a = []; try { for (;;) a.push('x'.repeat(1e4) + a.length) } catch (e) { for (;;) a.push([a]) }",
                "const a = []; const grow = () => { try { for (;;) a.push('y'.repeat(1e4) + a.length) } catch {}"
                        + " throw a }; try { grow() } finally { grow() }",
            })
    void endsAMemoryBombAsItsOwnFailure(String source) {
        long before = used();
        AgentOsException e = failure(source, memory(6 * MIB));
        assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(ScriptErrorCode.MEMORY_EXCEEDED);
        assertThat(used() - before).as("what is still held").isLessThan(16 * MIB);
    }

    @Test
    void letsAScriptGoOnThatCatchesTheLackOfMemory() {
        Script script = within(
                script("const a = []; try { for (;;) a.push(new Array(1e5).fill(1)) } catch (e) { a.length = 0;"
                        + " return e.message }"),
                memory(6 * MIB));
        assertThat(engine.execute(script, host)).isEqualTo(new JsonString("out of memory"));
    }

    @Test
    void givesEachScriptWhatItIsAllowed() {
        String source = "return new Uint8Array(40e6).length";
        assertThat(failure(source, memory(16 * MIB)).errorCode()).isEqualTo(ScriptErrorCode.MEMORY_EXCEEDED);
        assertThat(engine.execute(within(script(source), memory(64 * MIB)), host))
                .isEqualTo(Json.parse("40000000"));
    }

    @Test
    void boundsTheMemoryOfAllScriptsTogether() throws Exception {
        // Each holds 20 MiB while it waits; of 128 MiB that is enough for six, not for eight.
        int scripts = 8;
        CountDownLatch waiting = new CountDownLatch(scripts);
        AtomicInteger busy = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < scripts; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                FakeHost slow = new FakeHost((name, arguments) -> {
                    waiting.countDown();
                    go.await();
                    return ToolResult.of(arguments);
                });
                String source = "const a = new Uint8Array(20e6); call('wait'); return a.length";
                try {
                    engine.execute(within(script(source), memory(64 * MIB)), slow);
                } catch (AgentOsException e) {
                    if (e.errorCode() == ScriptErrorCode.BUSY) {
                        busy.incrementAndGet();
                    }
                    waiting.countDown();
                }
            }));
        }
        assertThat(waiting.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(busy.get()).isBetween(2, 3);
        assertThat(ScriptErrorCode.BUSY.retriable()).isTrue();
        go.countDown();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void isBusyWhenNotEvenABeginningFits() {
        ScriptEngine small = new ScriptEngine(1, 8 * 65536L, Duration.ofMillis(50));
        AgentOsException e = catchThrowableOfType(AgentOsException.class, () -> small.execute(script("1"), host));
        assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.BUSY);
        assertThat(small.freePages()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "const f = () => f(); f()",
                "const f = () => { try { f() } finally { f() } }; f()",
                "const f = n => n + f(n + 1); return f(0)",
                "const o = { get a() { return this.a } }; return o.a",
                "const p = new Proxy({}, { get: (t, k) => p[k] }); return p.x",
                "class A { constructor() { new A() } } new A()",
                "const a = []; a.toString = () => a + ''; return String(a)",
                "JSON.parse('['.repeat(1e5))",
                "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)",
                "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x",
                "const f = async () => await f(); await f()",
                "const f = () => [1].map(f); f()",
                "const f = () => 'x'.replace(/x/, f); f()",
                "const f = () => { console.log('deep'); f() }; f()",
                "const f = () => { try { call('deep') } catch {} f() }; f()",
            })
    void endsRecursionWithoutEnd(String source) {
        FakeHost calm = new FakeHost((name, arguments) -> ToolResult.failure("no"));
        AgentOsException e =
                failure(source, new ScriptLimits(32 * MIB, Duration.ofSeconds(30), 5_000, 1024 * 1024), calm);
        assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(ScriptErrorCode.STACK_EXCEEDED);
    }

    @Test
    void nestsCallsDeeplyEnough() {
        assertThat(engine.execute(script("const f = n => n === 0 ? 0 : 1 + f(n - 1); return f(800)"), host))
                .isEqualTo(Json.parse("800"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return 'x'.repeat(1001)",
                "return 'é'.repeat(600)",
                "return Array(600).fill(1)",
                "return Array(400).fill('')",
                "let a = {}; for (let i = 0; i < 200; i++) a['k' + i] = i; return a",
                "call('echo', 'x'.repeat(1100))",
            })
    void refusesLargeOutput(String source) {
        AgentOsException e = failure(source, output(1000));
        assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(ScriptErrorCode.OUTPUT_TOO_LARGE);
        assertThat(host.calls).isEmpty();
    }

    @Test
    void takesOutputUpToItsLimit() {
        assertThat(engine.execute(within(script("return 'x'.repeat(998)"), output(1000)), host))
                .isEqualTo(new JsonString("x".repeat(998)));
        assertThat(engine.execute(within(script("return 'x'.repeat(3e6)"), output(8 * 1024 * 1024)), host))
                .isEqualTo(new JsonString("x".repeat(3_000_000)));
    }

    @Test
    void endsAScriptWhoseInputDoesNotFit() {
        JsonObject large = JsonObject.of("text", "x".repeat(6_000_000));
        Script script = within(script("return state.text.length", large), memory(8 * MIB));
        AgentOsException e = catchThrowableOfType(AgentOsException.class, () -> engine.execute(script, host));
        assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.MEMORY_EXCEEDED);
        assertThat(engine.execute(within(script, memory(64 * MIB)), host)).isEqualTo(Json.parse("6000000"));
    }

    @Test
    void endsAScriptWhoseAnswerDoesNotFit() {
        FakeHost generous = new FakeHost((name, arguments) -> ToolResult.of(new JsonString("x".repeat(20_000_000))));
        assertThat(failure("call('echo'); return 1", memory(8 * MIB), generous).errorCode())
                .isEqualTo(ScriptErrorCode.MEMORY_EXCEEDED);
    }

    @Test
    void countsCalls() {
        ScriptLimits three = new ScriptLimits(32 * MIB, Duration.ofSeconds(5), 3, 1000);
        assertThat(engine.execute(within(script("for (let i = 0; i < 3; i++) call('echo')"), three), host))
                .isEqualTo(Json.parse("null"));
        assertThat(host.calls).hasSize(3);
        AgentOsException e = failure("for (;;) try { call('echo') } catch { }", three);
        assertThat(e.errorCode()).isEqualTo(ScriptErrorCode.TOO_MANY_CALLS);
        assertThat(host.calls).hasSize(6);
    }

    @Test
    void doesNotCountTheTimeOfCalls() {
        FakeHost slow = new FakeHost((name, arguments) -> {
            Thread.sleep(SHORT.multipliedBy(2));
            return ToolResult.of(arguments);
        });
        assertThat(engine.execute(within(script("call('a'); call('b'); return 1"), FakeHost.time(SHORT)), slow))
                .isEqualTo(Json.parse("1"));
        assertThat(failure("call('a'); for (;;);", FakeHost.time(SHORT), slow).errorCode())
                .isEqualTo(ScriptErrorCode.TIME_EXCEEDED);
    }

    @Test
    void givesTheProcessorAwayDuringACall() {
        ScriptEngine one = new ScriptEngine(1, 64 * MIB);
        FakeHost nesting = new FakeHost((name, arguments) -> ToolResult.of(one.execute(script("return 5"), host)));
        assertThat(one.execute(script("return call('inner') + 1"), nesting)).isEqualTo(Json.parse("6"));
    }

    @Test
    void isCancelledWhileItWaits() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        FakeHost endless = new FakeHost((name, arguments) -> {
            inside.countDown();
            Thread.sleep(Duration.ofMinutes(5));
            return ToolResult.of(arguments);
        });
        CompletableFuture<AgentOsException> thrown = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual()
                .start(() -> thrown.complete(catchThrowableOfType(
                        AgentOsException.class, () -> engine.execute(script("call('wait')"), endless))));
        assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
        caller.interrupt();
        assertThat(thrown.get(10, TimeUnit.SECONDS).errorCode()).isEqualTo(KernelErrorCode.CANCELLED);
        caller.join();
    }

    @Test
    void queuesForProcessors() throws Exception {
        ScriptEngine one = new ScriptEngine(1, 128 * MIB);
        List<Thread> threads = new ArrayList<>();
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 20; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                one.execute(script("let n = 0; for (let i = 0; i < 2000; i++) n += i; return n"), new FakeHost());
                done.incrementAndGet();
            }));
        }
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        }
        assertThat(done.get()).isEqualTo(20);
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
