package dev.agentos.invocation;

import static dev.agentos.invocation.InvocationHost.scope;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InvocationTest {

    private static final String PROBE = "probe.probe";

    @TempDir
    private Path folder;

    private InvocationHost host;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void aToolRunsOnAThreadOfItsPluginAndIsMetered() {
        host.install(Probe.jar("probe", "1.0.0"));

        assertThat(host.text(PROBE, "thread", "")).matches("plugin-probe-\\d true false");
        assertThat(host.records).singleElement().satisfies(record -> {
            assertThat(record.outcome()).isEqualTo(CallMeter.Outcome.RETURNED);
            assertThat(record.processor()).isPositive();
            assertThat(record.allocatedBytes()).isPositive();
            assertThat(record.plugin().version()).isEqualTo("1.0.0");
        });
    }

    @Test
    void aModelStreamsAndIsNamedWithItsProvider() {
        host.install(Probe.jar("probe", "1.0.0"));
        List<String> pieces = new ArrayList<>();

        ChatRequest request = new ChatRequest("probe/words", List.of(), List.of(), ChatOptions.DEFAULTS);
        assertThat(host.invocation.chat(scope(), request, pieces::add).message().toString())
                .contains("one two words");

        assertThat(pieces).containsExactly("one ", "two");
        refused(
                InvocationErrorCode.UNKNOWN_MODEL,
                () -> host.invocation.chat(scope(), request.withModel("nobody/words"), text -> {}));
        refused(
                InvocationErrorCode.UNKNOWN_MODEL,
                () -> host.invocation.chat(scope(), request.withModel("words"), text -> {}));
    }

    @Test
    void anAnswerThatDoesNotEndIsCutOff() {
        host.install(Probe.jar("probe", "1.0.0"));
        ChatRequest request = new ChatRequest("probe/endless", List.of(), List.of(), ChatOptions.DEFAULTS);
        refused(
                KernelErrorCode.DEADLINE_EXCEEDED,
                () -> host.invocation.chat(scope(Duration.ofDays(1)), request, text -> {}));
    }

    @Test
    void argumentsAreCheckedAgainstTheSchema() {
        host.install(Probe.jar("probe", "1.0.0"));

        assertThatThrownBy(() -> host.invocation.callTool(scope(), PROBE, JsonObject.of("n", -1)))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.INVALID_ARGUMENTS);
                    assertThat(e.faults())
                            .extracting(InvalidInputException.Fault::pointer)
                            .contains("/n");
                    assertThat(e).hasMessageContaining("do");
                });
        refused(InvocationErrorCode.UNKNOWN_TOOL, () -> host.probe("no.tool", "x", ""));
        refused(
                InvocationErrorCode.TOOL_NOT_ALLOWED,
                () -> host.invocation.callTool(scope().withTools(Set.of("other")), PROBE, JsonObject.EMPTY));
    }

    @Test
    void aPluginWhoseSchemaRefersElsewhereIsRefusedWithoutLooking() throws IOException {
        try (ServerSocket elsewhere = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            elsewhere.setSoTimeout(300);
            String reference = "http://127.0.0.1:" + elsewhere.getLocalPort() + "/schema.json";
            Failure failure = host.refused(
                    SyntheticJar.plugin("remote", "1.0.0").extension("synthetic.Remote", """
                        package synthetic;
                        import dev.agentos.spi.*;
                        @AgentOsExtension
                        public final class Remote implements Tool {
                            public ToolDescription description() {
                                return new ToolDescription(
                                        "remote.call", "", JsonObject.of("$ref", "%s"), Effect.PURE);
                            }
                            public ToolResult call(JsonObject arguments, CallContext call) {
                                return ToolResult.of(JsonNull.NULL);
                            }
                        }
                        """.formatted(reference)));

            assertThat(failure.code()).isEqualTo("plugin:INVALID_PLUGIN");
            assertThat(failure.message())
                    .contains("the input schema of its tool 'remote.call' cannot be used at /$ref: It refers outside");
            assertThatThrownBy(elsewhere::accept).isInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    /** Case 51. */
    @Test
    void defectsOfAPluginNameItAndOpenTheCircuit() throws Exception {
        host.install(Probe.jar("probe", "1.2.3"));

        for (String defect : List.of("throw", "overflow", "link", "nothing")) {
            assertThatThrownBy(() -> host.probe(PROBE, defect, ""))
                    .as(defect)
                    .isExactlyInstanceOf(AgentOsException.class)
                    .hasMessageContaining("probe 1.2.3")
                    .hasMessageContaining("synthetic.Probe")
                    .satisfies(e -> assertThat(e.getCause()).isNull())
                    .extracting(e -> ((AgentOsException) e).errorCode())
                    .isEqualTo(PluginErrorCode.FAILED);
        }
        assertThatThrownBy(() -> host.probe(PROBE, "own", ""))
                .isExactlyInstanceOf(AgentOsException.class)
                .satisfies(e ->
                        assertThat(((AgentOsException) e).errorCode().code()).isEqualTo("probe:OWN"));
        for (int i = 0; i < 5; i++) {
            refused(PluginErrorCode.FAILED, () -> host.probe(PROBE, "throw", ""));
        }
        refused(PluginErrorCode.CIRCUIT_OPEN, () -> host.probe(PROBE, "version", ""));
        await().atMost(Duration.ofSeconds(5))
                .ignoreExceptions()
                .until(() -> host.text(PROBE, "version", "").equals("1.2.3"));
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.2.3");
    }

    @Test
    void callsThatWaitedForAThreadOpenNoCircuit() throws Exception {
        host.install(Probe.jar("probe", "1.0.0"));
        AtomicBoolean cancelled = new AtomicBoolean();
        List<Thread> inside = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            CallScope scope = InvocationHost.scope(
                    InvocationHost.TENANT, Duration.ofSeconds(60), cancelled::get, (name, data) -> {});
            inside.add(Thread.ofVirtual()
                    .start(() -> refused(
                            KernelErrorCode.CANCELLED,
                            () -> host.invocation.callTool(scope, PROBE, JsonObject.of("do", "wait")))));
        }
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("plugin-probe-")
                                && thread.getState() == Thread.State.TIMED_WAITING)
                        .count()
                == 8);
        for (int i = 0; i < 10; i++) {
            refused(
                    KernelErrorCode.DEADLINE_EXCEEDED,
                    () -> host.invocation.callTool(
                            scope(Duration.ofMillis(300)), PROBE, JsonObject.of("do", "version")));
        }
        cancelled.set(true);
        for (Thread call : inside) {
            call.join();
        }
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
    }

    @Test
    void aCallThatAPluginMakesIntoItselfLeavesItsInterrupt() {
        host.install(Probe.jar("probe", "1.0.0", "tool.invoke;target=\"probe.*\""));
        assertThat(host.text(PROBE, "interrupted", "")).isEqualTo("true");
        assertThat(host.text(PROBE, "interrupt", "")).isEqualTo("done");
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
    }

    @Test
    void noErrorOfThePluginsOwnReachesItsCaller() {
        host.install(Probe.jar("probe", "1.2.3"));
        refused(PluginErrorCode.FAILED, () -> host.probe(PROBE, "machine", ""));
        refused(PluginErrorCode.FAILED, () -> host.probe(PROBE, "full", ""));
        assertThatThrownBy(() -> host.probe(PROBE, "memory", ""))
                .isExactlyInstanceOf(OutOfMemoryError.class)
                .hasMessage("In plugin probe 1.2.3: on purpose")
                .hasNoCause();
    }

    /** Case 53. */
    @Test
    void anEndlessLoopIsGivenUpAtItsDeadlineAndThePluginSwitchedOff() {
        host.install(Probe.jar("probe", "1.0.0"));

        for (int i = 0; i < 3; i++) {
            Instant began = Instant.now();
            refused(
                    KernelErrorCode.DEADLINE_EXCEEDED,
                    () -> host.invocation.callTool(scope(Duration.ofSeconds(1)), PROBE, JsonObject.of("do", "spin")));
            assertThat(Duration.between(began, Instant.now()))
                    .isBetween(Duration.ofMillis(900), Duration.ofMillis(2000));
        }
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> refused(PluginErrorCode.QUARANTINED, () -> host.probe(PROBE, "version", "")));
        assertThat(host.plugins
                        .service
                        .find("probe")
                        .orElseThrow()
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo("plugin:QUARANTINED");

        host.plugins.done(host.plugins.service.restart("probe"));
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
    }

    @Test
    void aPluginWhoseThreadsAreHeldUpIsNotSwitchedOff() throws Exception {
        host.install(Probe.jar("probe", "1.0.0"));
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            callers.add(Thread.ofVirtual()
                    .start(() -> refused(
                            KernelErrorCode.DEADLINE_EXCEEDED,
                            () -> host.invocation.callTool(
                                    scope(Duration.ofMillis(100)), PROBE, JsonObject.of("do", "linger")))));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(host.plugins.service.find("probe").orElseThrow().failure()).isEmpty();
        await().ignoreExceptions()
                .atMost(Duration.ofSeconds(20))
                .until(() -> host.text(PROBE, "version", "").equals("1.0.0"));
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(20))
                .until(() -> host.plugins
                        .service
                        .find("probe")
                        .orElseThrow()
                        .failure()
                        .isEmpty());
    }

    @Test
    void aCallThatWaitsEndsWhenItIsCancelledOrItsThreadInterrupted() throws Exception {
        host.install(Probe.jar("probe", "1.0.0"));
        AtomicBoolean cancelled = new AtomicBoolean();
        Thread.ofVirtual().start(() -> cancelled.set(true));
        Instant began = Instant.now();

        refused(
                KernelErrorCode.CANCELLED,
                () -> host.invocation.callTool(
                        InvocationHost.scope(
                                InvocationHost.TENANT, Duration.ofSeconds(30), cancelled::get, (name, data) -> {}),
                        PROBE,
                        JsonObject.of("do", "wait")));

        AtomicBoolean ended = new AtomicBoolean();
        Thread waiting = Thread.ofVirtual().start(() -> {
            refused(KernelErrorCode.CANCELLED, () -> host.probe(PROBE, "wait", ""));
            ended.set(Thread.currentThread().isInterrupted());
        });
        waiting.interrupt();
        waiting.join();
        assertThat(ended).isTrue();
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(5));
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
    }

    @Test
    void aThreadThatIsInterruptedWhileItGivesACallUpGoesOn() throws Exception {
        host.install(Probe.jar("probe", "1.0.0"));
        AtomicBoolean cancelled = new AtomicBoolean();
        Thread waiting = Thread.ofPlatform()
                .start(() -> refused(
                        KernelErrorCode.CANCELLED,
                        () -> host.invocation.callTool(
                                InvocationHost.scope(
                                        InvocationHost.TENANT,
                                        Duration.ofSeconds(30),
                                        cancelled::get,
                                        (name, data) -> {}),
                                PROBE,
                                JsonObject.of("do", "spin"))));
        cancelled.set(true);
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            waiting.interrupt();
            return !waiting.isAlive();
        });
    }

    @Test
    void aPluginCallsOthersOnlyWithAGrantAndNotForEver() {
        host.install(Probe.jar("other", "2.0.0"));
        host.install(Probe.jar("probe", "1.0.0", "tool.invoke;target=\"other.*\",tool.invoke;target=\"probe.*\""));

        assertThat(host.text(PROBE, "tool", "other.probe")).isEqualTo("2.0.0");
        assertThat(host.text(PROBE, "innerkey", "")).isEqualTo("key/1");
        refused(PluginErrorCode.NESTING_TOO_DEEP, () -> host.probe(PROBE, "recurse", ""));
        refused(PluginErrorCode.PERMISSION_DENIED, () -> host.probe("other.probe", "tool", PROBE));
        refused(
                InvocationErrorCode.TOOL_NOT_ALLOWED,
                () -> host.invocation.callTool(
                        scope().withTools(Set.of(PROBE)), PROBE, JsonObject.of("do", "tool", "text", "other.probe")));
    }

    @Test
    void whoDoesNotHearOutDoesNotSwitchTheModelOff() {
        host.install(Probe.jar("model", "1.0.0"));
        host.install(Probe.jar("probe", "1.0.0", "model.invoke;target=\"model/*\""));
        for (int times = 0; times < 5; times++) {
            refused(PluginErrorCode.FAILED, () -> host.probe(PROBE, "hear", "model/words"));
        }
        ChatRequest request = new ChatRequest("model/words", List.of(), List.of(), ChatOptions.DEFAULTS);
        assertThat(host.invocation.chat(scope(), request, text -> {}).message().toString())
                .contains("one two words");
    }

    @Test
    void aListenerRunsOnTheThreadOfWhoListens() {
        host.install(Probe.jar("model", "1.0.0"));
        host.install(Probe.jar("probe", "1.0.0", "model.invoke;target=\"*/*\""));
        assertThat(host.text(PROBE, "whole", "model/words")).isEqualTo("one two");
        assertThat(host.text(PROBE, "whole", "probe/words")).isEqualTo("one two");
    }

    @Test
    void aListenerThatDoesNotComeBackSwitchesItsOwnPluginOff() {
        host.install(Probe.jar("model", "1.0.0"));
        host.install(Probe.jar("probe", "1.0.0", "model.invoke;target=\"model/*\""));
        for (int times = 0; times < 3; times++) {
            refused(
                    KernelErrorCode.DEADLINE_EXCEEDED,
                    () -> host.invocation.callTool(
                            scope(Duration.ofMillis(500)), PROBE, JsonObject.of("do", "hold", "text", "model/words")));
        }
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> refused(PluginErrorCode.QUARANTINED, () -> host.probe(PROBE, "version", "")));
        ChatRequest request = new ChatRequest("model/words", List.of(), List.of(), ChatOptions.DEFAULTS);
        assertThat(host.invocation.chat(scope(), request, text -> {}).message().toString())
                .contains("one two words");
    }

    @Test
    void filesAreTheTenantsOwnAndOnlyWithAGrant() throws Exception {
        host.install(Probe.jar("bare", "1.0.0"));
        host.install(Probe.jar("probe", "1.0.0", "fs.read;target=\"${workspace}/docs/**\""));
        Path workspace = Files.createDirectories(folder.resolve("data/workspace/tnt_test/docs"));
        Files.writeString(workspace.resolve("a file.md"), "hello");
        Files.writeString(folder.resolve("data/workspace/tnt_test/private.md"), "private");
        Files.createSymbolicLink(workspace.resolve("link.md"), folder.resolve("data/plugins"));
        Files.createSymbolicLink(workspace.resolve("passwd"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(workspace.resolve("inner.md"), Path.of("../private.md"));

        assertThat(host.text(PROBE, "read", "docs/a file.md")).isEqualTo("hello");
        assertThat(host.text(PROBE, "list", "")).isEqualTo("docs/a file.md");
        List<String> odd = List.of("docs/a ${b}.md", "docs/b**c.md", "docs/c*.md", "docs/d\u0085.md");
        for (String name : odd) {
            Files.writeString(folder.resolve("data/workspace/tnt_test").resolve(name), "odd");
            assertThat(host.text(PROBE, "read", name)).isEqualTo("odd");
        }
        assertThat(host.text(PROBE, "list", "docs"))
                .isEqualTo("docs/a ${b}.md,docs/a file.md,docs/b**c.md,docs/c*.md,docs/d\u0085.md");
        refused(PluginErrorCode.PERMISSION_DENIED, () -> host.probe(PROBE, "read", "private.md"));
        for (String outside : List.of(
                "docs/inner.md",
                "docs/../private.md",
                "../tnt_other/x",
                "/etc/passwd",
                "docs/passwd",
                "docs//x",
                "docs\\..\\x",
                ".")) {
            refused(PluginErrorCode.PERMISSION_DENIED, () -> host.probe(PROBE, "read", outside));
        }
        refused(PluginErrorCode.FILE_NOT_FOUND, () -> host.probe(PROBE, "read", "docs/none"));
        refused(PluginErrorCode.PERMISSION_DENIED, () -> host.probe("bare.probe", "read", "docs/a file.md"));
        refused(PluginErrorCode.PERMISSION_DENIED, () -> host.probe("bare.probe", "list", ""));
    }

    @Test
    void stateIsApartForEachTenant() {
        host.install(Probe.jar("probe", "1.0.0"));

        assertThat(host.text(PROBE, "put", "mine")).isEqualTo("put");
        assertThat(host.text(PROBE, "get", "")).isEqualTo("mine");
        List<String> events = new ArrayList<>();
        CallScope other = InvocationHost.scope(
                "tnt_other", Duration.ofSeconds(9), () -> false, (name, data) -> events.add(name + data));
        assertThat(host.invocation
                        .callTool(other, PROBE, JsonObject.of("do", "get"))
                        .output())
                .isEqualTo(JsonNull.NULL);

        assertThat(host.invocation
                        .callTool(other, PROBE, JsonObject.of("do", "emit"))
                        .output())
                .isEqualTo(new JsonString("tnt_other"));
        assertThat(events).containsExactly("progress{\"done\":1}");
    }

    private static void refused(dev.agentos.spi.ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).as(e.getMessage()).isEqualTo(code.code()));
    }
}
