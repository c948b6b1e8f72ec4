package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginState;
import dev.agentos.pluginruntime.PluginStatus;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Message;
import dev.agentos.spi.NodeInput;
import dev.agentos.testkit.SyntheticJar;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins in processes of their own: what works as in the server's, and what becomes of those that misbehave. */
class IsolatedPluginIT {

    @TempDir
    private Path folder;

    private InvocationHost host;

    @BeforeEach
    void start() {
        host = new InvocationHost(folder);
    }

    @AfterEach
    void stop() {
        host.close();
        await().until(() -> workers().isEmpty());
    }

    @Test
    void toolsAndModelsWorkAsInTheServersProcess() throws Exception {
        host.installIsolated(Probe.jar(
                "probe",
                "1.0.0",
                "tool.invoke;target=probe.probe;reason=\"t\"",
                "fs.read;target=\"${workspace}/**\";reason=\"t\""));

        assertThat(host.plugins.service.require("probe").isolated()).isTrue();
        assertThat(workers()).hasSize(1);
        assertThat(host.text("probe.probe", "version", "")).isEqualTo("1.0.0");
        assertThat(host.text("probe.probe", "thread", "")).matches("plugin-\\d+ true false");
        assertThat(host.text("probe.probe", "tool", "probe.probe")).isEqualTo("1.0.0");
        assertThat(host.text("probe.probe", "key", "")).isEqualTo("key");
        assertThat(host.text("probe.probe", "innerkey", "")).isNotEqualTo("key");
        assertThat(host.text("probe.probe", "put", "kept")).isEqualTo("put");
        assertThat(host.text("probe.probe", "get", "")).isEqualTo("kept");
        Path workspace =
                Files.createDirectories(folder.resolve("data/workspace").resolve(InvocationHost.TENANT));
        Files.writeString(workspace.resolve("a.txt"), "read");
        assertThat(host.text("probe.probe", "read", "a.txt")).isEqualTo("read");
        assertThat(host.text("probe.probe", "list", "")).isEqualTo("a.txt");
        List<String> events = new CopyOnWriteArrayList<>();
        CallScope scope = InvocationHost.scope(
                "tnt_other", Duration.ofSeconds(30), () -> false, (name, data) -> events.add(name + data));
        assertThat(host.invocation
                        .callTool(scope, "probe.probe", JsonObject.of("do", "emit"))
                        .output())
                .isEqualTo(new JsonString("tnt_other"));
        assertThat(events).containsExactly("progress{\"done\":1}");

        List<String> heard = new CopyOnWriteArrayList<>();
        ChatResponse said = host.invocation.chat(InvocationHost.scope(), chat("probe/words"), heard::add);
        assertThat(String.join("", heard)).isEqualTo("one two");
        assertThat(said.message().text()).isEqualTo("one two words");
    }

    @Test
    void whatACallAsksSideBySideIsAnsweredSideBySide() {
        host.install(OddPlugins.meeting());
        host.installIsolated(OddPlugins.asking());

        assertThat(host.invocation
                        .callTool(InvocationHost.scope(), "asking.asks", JsonObject.of("number", 3))
                        .output())
                .hasToString("[\"met\",\"met\",\"met\"]");
    }

    @Test
    void whatACallAskedGoesOnNoLongerThanTheCall() {
        host.install(OddPlugins.meeting());
        host.installIsolated(OddPlugins.asking());
        Set<ProcessHandle> before = workers();

        // Nobody comes to meet more than the server answers at once, so that only the deadline ends it.
        assertThatThrownBy(() -> host.invocation.callTool(
                        InvocationHost.scope(Duration.ofSeconds(2)), "asking.asks", JsonObject.of("number", 17)))
                .isInstanceOf(AgentOsException.class);

        await().until(() -> host.plugins.service.require("asking").callsInFlight() == 0);
        await().until(() -> host.plugins.service.require("meeting").callsInFlight() == 0);
        assertThat(workers()).isEqualTo(before);
        // Meetings that came to nothing may have opened the circuit, which lets one call through when it is tried
        // again: nobody to meet. So the next comes alone, until it is answered.
        await().atMost(Duration.ofMinutes(1))
                .ignoreExceptionsInstanceOf(AgentOsException.class)
                .until(() -> met(1), "[\"met\"]"::equals);
        assertThat(met(2)).isEqualTo("[\"met\",\"met\"]");
    }

    private String met(int number) {
        return host.invocation
                .callTool(InvocationHost.scope(), "asking.asks", JsonObject.of("number", number))
                .output()
                .toString();
    }

    @Test
    void itsFailuresAreTypedAndWhatItMayNotIsRefusedByTheServer() {
        host.installIsolated(Probe.jar("probe", "1.0.0"));

        refuses("complain", "OWN", "not x");
        refuses("throw", "FAILED", "Plugin probe 1.0.0 failed in synthetic.Probe with java.lang.IllegalArgument");
        refuses("nothing", "FAILED", "synthetic.Probe");
        refuses("overflow", "FAILED", "java.lang.StackOverflowError");
        refuses("tool", "PERMISSION_DENIED", "tool.invoke x");
        refuses("read", "PERMISSION_DENIED", "fs.read");
        assertThat(host.plugins.service.require("probe").denials())
                .extracting(PluginStatus.Denied::permission)
                .contains("tool.invoke x");
    }

    @Test
    void whatElseItOffersIsTheSameInBothProcesses() {
        host.install(OddPlugins.many());
        List<ExtensionListing> inside = host.plugins.service.require("many").extensions();
        assertThat(inside).hasSize(4);

        host.plugins.done(host.plugins.service.isolate("many", InstalledPlugin.ANY, true));

        assertThat(host.plugins.service.require("many").extensions()).isEqualTo(inside);
        NodeInput input = new NodeInput("n", JsonObject.of("add", 2), JsonObject.of("sum", 3));
        assertThat(host.invocation
                        .runNode(InvocationHost.scope(), "many.add", input)
                        .writes())
                .isEqualTo(JsonObject.of("sum", 5));
        assertThat(host.invocation.reduce(
                        InvocationHost.scope(), "many.longest", Optional.empty(), new JsonString("word")))
                .isEqualTo(new JsonString("word"));
        EmbeddingResponse embedded =
                host.invocation.embed(InvocationHost.scope(), new EmbeddingRequest("many/length", List.of("ab", "c")));
        assertThat(embedded.embeddings()).containsExactly(Embedding.of(new float[] {2}), Embedding.of(new float[] {1}));
    }

    @Test
    void aProtocolIsRefusedWithItsName() {
        Failure failure = host.plugins.failed(host.plugins.service.install(host.isolated(OddPlugins.talk())));

        assertThat(failure.code()).isEqualTo("plugin:NOT_ISOLABLE");
        assertThat(failure.message()).contains("synthetic.Talk").contains("'talk'");
        assertThat(host.plugins.service.find("talk")).isEmpty();
    }

    @Test
    void whatLinksClassesOfAnotherPluginIsRefusedByName() {
        host.install(OddPlugins.lending());
        SyntheticJar linking = OddPlugins.linking(OddPlugins.lending().writeTo(folder));
        Failure failure = host.plugins.failed(host.plugins.service.install(host.isolated(linking)));

        assertThat(failure.code()).isEqualTo("plugin:NOT_ISOLABLE");
        assertThat(failure.message()).contains("the package lent of plugin 'lending'");
        assertThat(workers()).isEmpty();
        host.install(linking);
        assertThat(host.text("linking.links", "", "")).isEqualTo("lent");
    }

    @Test
    void aFilledHeapEndsItsProcessAndNothingElse() throws Exception {
        host.installIsolated(OddPlugins.evil());
        host.install(Probe.jar("probe", "1.0.0"));
        CompletableFuture<String> carried = later("evil.does", "wait", Duration.ofSeconds(60));
        await().until(() -> host.plugins.service.require("evil").callsInFlight() == 1);
        long before = used();

        assertThatThrownBy(() -> host.probe("evil.does", "heap", ""))
                .isInstanceOfSatisfying(AgentOsException.class, crash -> {
                    assertThat(crash.errorCode().code()).isEqualTo("plugin:CRASHED");
                    assertThat(crash.errorCode().retriable()).isTrue();
                })
                .hasMessageContaining("out of memory, of which it has 64 MiB");
        assertThatThrownBy(carried::get).isInstanceOf(ExecutionException.class).hasMessageContaining("out of memory");

        assertThat(used() - before).isLessThan(32 << 20);
        assertThat(host.text("probe.probe", "version", "")).isEqualTo("1.0.0");
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
        assertThat(log("evil")).anyMatch(line -> line.contains("crashed: it was out of memory"));
    }

    @Test
    void aKilledProcessFailsWhatItCarriesAndIsThereAgain() {
        host.installIsolated(OddPlugins.evil());
        ProcessHandle first = workers().iterator().next();
        CompletableFuture<String> carried = later("evil.does", "wait", Duration.ofSeconds(60));
        await().until(() -> host.plugins.service.require("evil").callsInFlight() == 1);

        first.destroyForcibly();

        assertThatThrownBy(carried::join)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("it was killed");
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
        assertThat(workers()).hasSize(1).doesNotContain(first);
        host.plugins.done(host.plugins.service.uninstall("evil", false));
        assertThat(workers()).isEmpty();
    }

    @Test
    void anEndToItsProcessIsNoEndToTheServer() {
        host.installIsolated(OddPlugins.evil());

        assertThatThrownBy(() -> host.probe("evil.does", "exit", ""))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("it ended with status 7");
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
    }

    @Test
    void anEndlessLoopIsKilledBehindItsDeadline() {
        host.installIsolated(OddPlugins.evil());
        ProcessHandle first = workers().iterator().next();

        assertThatThrownBy(() -> host.invocation.callTool(
                        InvocationHost.scope(Duration.ofSeconds(2)), "evil.does", JsonObject.of("do", "spin")))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        late -> assertThat(late.errorCode().name()).isEqualTo("DEADLINE_EXCEEDED"));

        await().until(() -> !first.isAlive());
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
        assertThat(log("evil")).anyMatch(line -> line.contains("did not end when it was told to"));
        assertThat(host.plugins.service.require("evil").state()).isEqualTo(PluginState.STARTED);
    }

    @Test
    void aCallThatEndsWhenToldLeavesTheProcessAlone() {
        host.installIsolated(OddPlugins.evil());
        Set<ProcessHandle> before = workers();

        assertThatThrownBy(() -> host.invocation.callTool(
                        InvocationHost.scope(Duration.ofMillis(300)), "evil.does", JsonObject.of("do", "wait")))
                .isInstanceOf(AgentOsException.class);

        await().until(() -> host.plugins.service.require("evil").callsInFlight() == 0);
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
        assertThat(workers()).isEqualTo(before);
    }

    @Test
    void aProcessThatKeepsCrashingIsGivenUpUntilARestart() {
        host.installIsolated(OddPlugins.evil());
        for (int crash = 0; crash < 5; crash++) {
            assertThatThrownBy(() -> host.probe("evil.does", "exit", "")).isInstanceOf(AgentOsException.class);
        }

        await().until(() -> host.plugins.service.require("evil").state() == PluginState.FAILED);
        assertThat(host.plugins.service.require("evil").failure().orElseThrow().message())
                .contains("its process has crashed 5 times");
        assertThat(workers()).isEmpty();
        assertThatThrownBy(() -> host.probe("evil.does", "fine", ""))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        off -> assertThat(off.errorCode().name()).isEqualTo("QUARANTINED"));
        host.plugins.done(host.plugins.service.restart("evil"));
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
    }

    @Test
    void itMovesBetweenTheProcessesAndStaysWhereItIsAtASwap() {
        host.install(OddPlugins.evil());
        assertThat(workers()).isEmpty();
        host.plugins.done(host.plugins.service.isolate("evil", InstalledPlugin.ANY, true));
        ProcessHandle first = workers().iterator().next();
        host.plugins.done(host.plugins.service.restart("evil"));
        // The one before was killed; when the system has taken it away is the system's.
        await().until(() -> !first.isAlive());
        assertThat(workers()).hasSize(1).doesNotContain(first);
        assertThat(host.plugins.service.require("evil").isolated()).isTrue();
        host.plugins.done(host.plugins.service.disable("evil", false));
        await().until(() -> workers().isEmpty());
        host.plugins.done(host.plugins.service.isolate("evil", InstalledPlugin.ANY, false));
        host.plugins.done(host.plugins.service.enable("evil"));
        assertThat(workers()).isEmpty();
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
    }

    @Test
    void aKillSwitchEndsTheProcessUntilItIsLifted() {
        host.installIsolated(OddPlugins.evil());
        KillSwitches.Actor actor = new KillSwitches.Actor("key_1", true);
        KillSwitchTarget target = new KillSwitchTarget(KillSwitchTarget.Kind.PLUGIN, "evil", Optional.empty());

        host.switches.engage(target, actor, "Look at it.");
        await().until(() -> workers().isEmpty());
        assertThatThrownBy(() -> host.probe("evil.does", "fine", ""))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        stopped -> assertThat(stopped.errorCode().name()).isEqualTo("KILL_SWITCH_ENGAGED"));
        assertThat(workers()).isEmpty();

        host.switches.lift(target, actor, "Looked at.");
        assertThat(host.text("evil.does", "fine", "")).isEqualTo("fine");
    }

    private void refuses(String what, String code, String message) {
        assertThatThrownBy(() -> host.probe("probe.probe", what, "x"))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        failure -> assertThat(failure.errorCode().name()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    private CompletableFuture<String> later(String tool, String what, Duration limit) {
        return CompletableFuture.supplyAsync(
                () -> host.invocation
                        .callTool(InvocationHost.scope(limit), tool, JsonObject.of("do", what))
                        .toString(),
                Executors.newVirtualThreadPerTaskExecutor());
    }

    private List<String> log(String plugin) {
        return host
                .plugins
                .service
                .log(plugin)
                .find(new PluginLogs.Query(Level.ALL, 0, Long.MAX_VALUE, 200))
                .items()
                .stream()
                .map(PluginLogs.Line::message)
                .toList();
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static Set<ProcessHandle> workers() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info()
                        .commandLine()
                        .filter(line -> line.contains("PluginWorker"))
                        .isPresent())
                .collect(Collectors.toSet());
    }

    private static ChatRequest chat(String model) {
        return new ChatRequest(model, List.of(Message.User.of("Say.")), List.of(), ChatOptions.DEFAULTS);
    }
}
