package dev.agentos.invocation;

import static dev.agentos.invocation.InvocationHost.scope;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitchTarget.Kind;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ToolResult;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillSwitchTest {

    private static final KillSwitches.Actor ADMIN = new KillSwitches.Actor("key_admin", true);
    private static final String PROBE = "probe.probe";
    private static final String OTHER = "other.probe";

    @TempDir
    private Path folder;

    private InvocationHost host;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        host.install(Probe.jar("probe", "1.0.0", "tool.invoke;target=\"other.*\""));
        host.install(Probe.jar("other", "1.0.0"));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private void engage(Kind kind, String id) {
        host.switches.engage(new KillSwitchTarget(kind, id, Optional.empty()), ADMIN, "Test");
    }

    private void lift(Kind kind, String id) {
        host.switches.lift(new KillSwitchTarget(kind, id, Optional.empty()), ADMIN, "Over");
    }

    private static void stopped(ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).isEqualTo(PolicyErrorCode.KILL_SWITCH_ENGAGED.code()));
    }

    @Test
    void newCallsAreRefusedByWhatTheyCall() {
        for (Kind kind : List.of(Kind.TOOL, Kind.PLUGIN, Kind.PLATFORM)) {
            String id = kind == Kind.TOOL ? PROBE : kind == Kind.PLUGIN ? "probe" : "all";
            engage(kind, id);
            stopped(() -> host.text(PROBE, "version", ""));
            if (kind == Kind.PLATFORM) {
                stopped(() -> host.text(OTHER, "version", ""));
            } else {
                assertThat(host.text(OTHER, "version", "")).isEqualTo("1.0.0");
            }
            lift(kind, id);
            assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
        }
        ChatRequest request = new ChatRequest("probe/words", List.of(), List.of(), ChatOptions.DEFAULTS);
        engage(Kind.PROVIDER, "probe");
        stopped(() -> host.invocation.chat(scope(), request, text -> {}));
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
    }

    @Test
    void callsThatPluginsMakeAreRefusedToo() {
        engage(Kind.TOOL, OTHER);
        stopped(() -> host.probe(PROBE, "tool", OTHER));
        lift(Kind.TOOL, OTHER);
        host.switches.engage(
                new KillSwitchTarget(Kind.TOOL, OTHER, Optional.of(new TenantId("tnt_else"))), ADMIN, "Test");
        assertThat(host.text(PROBE, "tool", OTHER)).isEqualTo("1.0.0");
    }

    @Test
    void aCallThatRunsIsClosedAndItsPluginIsNotBlamed() throws Exception {
        for (int i = 0; i < 6; i++) {
            CompletableFuture<ToolResult> running = CompletableFuture.supplyAsync(() -> host.invocation.callTool(
                    scope(Duration.ofSeconds(30)), PROBE, JsonObject.of("do", "wait", "text", "")));
            Thread.sleep(150);
            assertThat(running).isNotDone();
            engage(Kind.PLUGIN, "probe");
            assertThatThrownBy(() -> running.orTimeout(2, TimeUnit.SECONDS).join())
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode().code())
                                    .isEqualTo(PolicyErrorCode.KILL_SWITCH_ENGAGED.code()));
            lift(Kind.PLUGIN, "probe");
        }
        // More than open the circuit of a plugin that fails.
        assertThat(host.text(PROBE, "version", "")).isEqualTo("1.0.0");
    }
}
