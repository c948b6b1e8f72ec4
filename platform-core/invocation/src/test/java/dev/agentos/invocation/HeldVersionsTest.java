package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Operation;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Case 58: an execution ends on the version of a plugin on which it began. */
class HeldVersionsTest {

    @TempDir
    private Path folder;

    private InvocationHost host;
    private ExtensionRegistry extensions;
    private Path newer;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        extensions = host.plugins.service.extensions();
        host.install(Probe.jar("probe", "1.0.0"));
        newer = Probe.jar("probe", "1.1.0").writeTo(folder);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private String version(String execution) {
        CallScope scope = new CallScope(
                new CallScope.Subject(
                        InvocationHost.TENANT, Optional.of(execution), Optional.empty(), Optional.empty()),
                Instant.now().plusSeconds(30),
                () -> false,
                "key",
                JsonObject.EMPTY,
                (name, data) -> {});
        return ((JsonString) host.invocation
                        .callTool(scope, "probe.probe", JsonObject.of("do", "version"))
                        .output())
                .value();
    }

    /** Swaps the newer version in, and waits until it is in force. */
    private Operation swap(Path jar) {
        Operation swap = host.plugins.service.swap("probe", PluginHost.upload(jar));
        await().until(() -> versions().stream().anyMatch(one -> one.contains("1.1.0 IN_FORCE")));
        return swap;
    }

    private List<String> versions() {
        return host.plugins.service.require("probe").versions().stream()
                .map(one ->
                        one.plugin().version() + " " + one.phase() + " " + one.callsInFlight() + " " + one.executions())
                .toList();
    }

    @Test
    void anExecutionKeepsTheVersionThatItHasBegunToUse() {
        Operation swap;
        try (ExtensionRegistry.Hold one = extensions.hold("exe_1");
                ExtensionRegistry.Hold two = extensions.hold("exe_2")) {
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            assertThat(versions()).containsExactly("1.0.0 IN_FORCE 0 1");
            swap = swap(newer);

            assertThat(version("exe_1")).isEqualTo("1.0.0");
            assertThat(version("exe_2")).isEqualTo("1.1.0");
            // Nobody carries this one on here.
            assertThat(version("exe_3")).isEqualTo("1.1.0");
            assertThat(versions()).containsExactly("1.0.0 DRAINING 0 1", "1.1.0 IN_FORCE 0 1");
            assertThat(host.invocation.tool("probe.probe", Optional.of("exe_1")).name())
                    .isEqualTo("probe.probe");
            assertThat(one).isNotEqualTo(two);
        }
        host.plugins.done(swap);
        assertThat(versions()).containsExactly("1.1.0 IN_FORCE 0 0");
        try (ExtensionRegistry.Hold again = extensions.hold("exe_1")) {
            assertThat(version("exe_1")).as("it has parked: %s", again).isEqualTo("1.1.0");
        }
    }

    @Test
    void whenTheTimeOfTheOldVersionIsOverTheExecutionGoesOnWithTheNew() {
        try (ExtensionRegistry.Hold one = extensions.hold("exe_1")) {
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            Instant began = Instant.now();
            Operation swap = swap(newer);
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            host.plugins.done(swap);
            assertThat(Duration.between(began, Instant.now())).isGreaterThanOrEqualTo(PluginHost.DRAIN);
            assertThat(version("exe_1")).as("%s", one).isEqualTo("1.1.0");
            assertThat(versions()).containsExactly("1.1.0 IN_FORCE 0 1");
        }
        assertThat(versions()).containsExactly("1.1.0 IN_FORCE 0 0");
    }

    @Test
    void whatTheNewVersionLacksIsThereForWhoBeganWithTheOld() {
        Path other =
                SyntheticJar.toolPlugin("probe", "1.1.0", "probe.other", "x").writeTo(folder, "other.jar");
        Operation swap;
        try (ExtensionRegistry.Hold one = extensions.hold("exe_1")) {
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            swap = swap(other);
            assertThat(version("exe_1")).as("%s", one).isEqualTo("1.0.0");
            assertThat(host.invocation.tool("probe.probe", Optional.empty()).effect())
                    .as("asked before each attempt, for nobody in particular")
                    .isNotNull();
            assertThatExceptionOfType(AgentOsException.class)
                    .isThrownBy(() -> version("exe_2"))
                    .satisfies(e -> assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.UNKNOWN_TOOL));
        }
        host.plugins.done(swap);
        assertThatExceptionOfType(AgentOsException.class)
                .isThrownBy(() -> host.invocation.tool("probe.probe", Optional.empty()));
    }

    /** Who takes something away does not wait for executions. */
    @Test
    void grantsTakenBackRestartsAndRemovalsAreForExecutionsUnderWayToo() {
        Instant began = Instant.now();
        try (ExtensionRegistry.Hold one = extensions.hold("exe_1")) {
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            host.plugins.done(host.plugins.service.grant("probe", InstalledPlugin.ANY, Consent.NONE, Optional.empty()));
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            assertThat(versions()).containsExactly("1.0.0 IN_FORCE 0 1");
            host.plugins.done(host.plugins.service.restart("probe"));
            assertThat(version("exe_1")).isEqualTo("1.0.0");
            host.plugins.done(host.plugins.service.disable("probe", true));
            assertThatExceptionOfType(AgentOsException.class)
                    .as("%s", one)
                    .isThrownBy(() -> version("exe_1"))
                    .satisfies(e -> assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.UNKNOWN_TOOL));
        }
        assertThat(Duration.between(began, Instant.now())).isLessThan(PluginHost.DRAIN);
    }

    @Test
    void everyExecutionSeesOneVersionWhileVersionsAreSwapped() throws Exception {
        Path[] versions = {
            Probe.jar("probe", "1.0.0").writeTo(folder), newer,
        };
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger executions = new AtomicInteger();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            callers.add(Thread.ofVirtual().start(() -> {
                while (!stop.get()) {
                    String id = "exe_" + executions.incrementAndGet();
                    Set<String> own = new HashSet<>();
                    try (ExtensionRegistry.Hold hold = extensions.hold(id)) {
                        for (int call = 0; call < 5; call++) {
                            own.add(version(id));
                        }
                        assertThat(own).as("what %s saw, held by %s", id, hold).hasSize(1);
                    } catch (RuntimeException | Error e) {
                        failures.add(e);
                    }
                    seen.addAll(own);
                }
            }));
        }
        for (int i = 1; i <= 10; i++) {
            host.plugins.done(host.plugins.service.swap("probe", PluginHost.upload(versions[i % 2])));
        }
        stop.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(failures).isEmpty();
        assertThat(seen).containsExactlyInAnyOrder("1.0.0", "1.1.0");
        assertThat(host.plugins.service.require("probe").versions()).hasSize(1);
    }
}
