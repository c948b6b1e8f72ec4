package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One copy of a plugin's code, and what each tenant has set for it. */
class TenantPluginsTest {

    private static final String SOURCE = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class Settled implements Tool {
            private PluginContext last;

            @Override
            public ToolDescription description() {
                return new ToolDescription("settled.tell", "Tells.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                try {
                    Thread.sleep(arguments.number("sleep").map(n -> n.value().longValue()).orElse(0L));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                PluginContext plugin = call.plugin();
                String same = plugin == last ? " same" : "";
                last = plugin;
                return ToolResult.of(new JsonString(plugin.configuration().text("colour").orElse("none") + " "
                        + plugin.configuration().text("shape").orElse("none") + " "
                        + plugin.secret("KEY").orElse("none") + same));
            }
        }
        """;

    private static final String SCHEMA = """
        {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}, "shape": {"type": "string"},
          "server": {"type": "string", "x-administrator": true}},
         "additionalProperties": false}
        """;

    @TempDir
    private Path folder;

    private InvocationHost host;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        host.plugins.secrets.put("KEY", "server-key");
        host.install(SyntheticJar.plugin("settled", "1.0.0")
                .permissions(PermissionRequest.parseHeader("secret.read;target=\"KEY\"")
                        .toArray(PermissionRequest[]::new))
                .header("AgentOS-Settings", "settings.json")
                .entry("settings.json", SCHEMA)
                .extension("synthetic.Settled", SOURCE));
        host.plugins.done(
                host.plugins.service.configure("settled", InstalledPlugin.ANY, JsonObject.of("shape", "round")));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private String told(String tenant) {
        return told(tenant, 0);
    }

    private String told(String tenant, long sleep) {
        CallScope scope = InvocationHost.scope(tenant, Duration.ofSeconds(20), () -> false, (name, data) -> {});
        return ((JsonString) host.invocation
                        .callTool(scope, "settled.tell", JsonObject.of("sleep", sleep))
                        .output())
                .value();
    }

    @Test
    void theDeadlinesOfOneTenantShutAPluginForNoOther() {
        // A deadline that passes while the server has no time counts for nobody.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            CallScope hasty = InvocationHost.scope("tnt_a", Duration.ofMillis(300), () -> false, (name, data) -> {});
            refused(
                    PluginErrorCode.CIRCUIT_OPEN,
                    () -> host.invocation.callTool(hasty, "settled.tell", JsonObject.of("sleep", 60_000)));
        });
        assertThat(told("tnt_b")).startsWith("none round");
        await().atMost(Duration.ofSeconds(5))
                .ignoreExceptions()
                .until(() -> told("tnt_a").startsWith("none round"));
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).as(e.getMessage()).isEqualTo(code.code()));
    }

    private static TenantPlugins.Change change(
            boolean enabled, JsonObject configuration, Map<String, Optional<String>> secrets, Optional<Integer> calls) {
        return new TenantPlugins.Change(
                Optional.of(enabled),
                Optional.of(configuration),
                secrets,
                Optional.of(new TenantPlugins.Limits(calls)),
                Optional.empty());
    }

    private TenantPlugins.View set(String tenant, JsonObject configuration, Map<String, Optional<String>> secrets) {
        return host.tenants.set(
                tenant, "settled", change(true, configuration, secrets, Optional.empty()), Optional.empty(), false);
    }

    @Test
    void eachTenantHasItsConfigurationAndItsSecrets() {
        set("tnt_a", JsonObject.of("colour", "red"), Map.of("KEY", Optional.of("key-a")));
        TenantPlugins.View b = set("tnt_b", JsonObject.EMPTY, Map.of("KEY", Optional.of("key-b")));
        assertThat(told("tnt_a")).isEqualTo("red round key-a");
        assertThat(told("tnt_b")).isEqualTo("none round key-b");
        assertThat(told("tnt_c")).as("nothing set").isEqualTo("none round server-key");
        assertThat(b.settings().secrets().get("KEY")).doesNotContain("key-b");
        assertThat(b.settings().toString()).doesNotContain("key-b");
        set("tnt_b", JsonObject.EMPTY, Map.of("KEY", Optional.empty()));
        assertThat(told("tnt_b")).as("at once").startsWith("none round server-key");
    }

    /** Or it could name a server of its own, to which the server's key would be sent. */
    @Test
    void aTenantWithAConfigurationOfItsOwnDoesNotGetTheServersSecrets() {
        set("tnt_a", JsonObject.of("colour", "red"), Map.of());
        assertThat(told("tnt_a")).isEqualTo("red round none");
    }

    @Test
    void theContextStaysTheSameUntilSomethingChanges() {
        told("tnt_a");
        assertThat(told("tnt_a")).endsWith(" same");
        set("tnt_a", JsonObject.of("colour", "blue"), Map.of());
        assertThat(told("tnt_a")).doesNotEndWith(" same").startsWith("blue");
    }

    @Test
    void aCallWaitsForADatabaseThatIsAway() {
        AtomicInteger failures = new AtomicInteger(3);
        TenantPlugins tenants = settingsOf(() -> failures.getAndDecrement() > 0);
        CallScope scope = InvocationHost.scope("tnt_a", Duration.ofSeconds(20), () -> false, (name, data) -> {});
        try (ExtensionHandle<Tool> handle = tool();
                TenantPlugins.Use use = tenants.enter(scope, handle, true)) {
            assertThat(use.context().configuration().text("shape")).contains("round");
        }
        assertThat(failures.get()).isEqualTo(-1);
    }

    @Test
    void aCallWaitsForADatabaseNoLongerThanItMay() {
        TenantPlugins tenants = settingsOf(() -> true);
        CallScope late = InvocationHost.scope("tnt_a", Duration.ofMillis(30), () -> false, (name, data) -> {});
        CallScope cancelled = InvocationHost.scope("tnt_a", Duration.ofMinutes(1), () -> true, (name, data) -> {});
        try (ExtensionHandle<Tool> handle = tool()) {
            for (CallScope scope : List.of(late, cancelled)) {
                assertThatThrownBy(() -> tenants.enter(scope, handle, true))
                        .isInstanceOfSatisfying(
                                AgentOsException.class,
                                e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DATABASE_UNAVAILABLE));
            }
        }
    }

    private ExtensionHandle<Tool> tool() {
        return host.plugins
                .service
                .extensions()
                .acquire(Tool.class, "settled.tell")
                .orElseThrow();
    }

    /** Settings in a store that cannot be reached for as long as that says so. */
    private TenantPlugins settingsOf(BooleanSupplier away) {
        TenantPluginStore store = new MemoryTenantPluginStore() {
            @Override
            public Optional<TenantPlugin> find(String tenant, String plugin) {
                if (away.getAsBoolean()) {
                    throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "Away.", "Wait.");
                }
                return super.find(tenant, plugin);
            }
        };
        return new TenantPlugins(
                host.plugins.service,
                store,
                SecretCipher.of(Base64.getEncoder().encodeToString(new byte[32]), new SecureRandom()),
                InstantSource.system());
    }

    @Test
    void refusesWhatThePluginDoesNotKnow() {
        assertThatThrownBy(() -> set(
                        "tnt_a",
                        JsonObject.of("colour", "green", "size", 1),
                        Map.of("OTHER", Optional.of("x"), "KEY", Optional.of(""))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::pointer)
                                .containsExactlyInAnyOrder(
                                        "/configuration/colour", "/configuration", "/secrets/OTHER", "/secrets/KEY"));
        assertThatThrownBy(() -> set("tnt_a", JsonObject.of("server", "example.org"), Map.of()))
                .hasMessageContaining("for the administrator");
        assertThat(told("tnt_a")).isEqualTo("none round server-key");
        assertThatThrownBy(() -> host.tenants.find("tnt_a", "nobody")).hasMessageContaining("nobody");
    }

    @Test
    void aTenantWithoutThePluginIsRefusedAndNotOfferedIt() {
        TenantPlugin taken = host.tenants
                .set(
                        "tnt_a",
                        "settled",
                        change(false, JsonObject.EMPTY, Map.of(), Optional.empty()),
                        Optional.empty(),
                        false)
                .settings();
        assertThatThrownBy(() -> told("tnt_a"))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.NOT_ENABLED));
        assertThat(host.invocation.offers("tnt_a", "settled.tell")).isFalse();
        assertThat(host.invocation.offers("tnt_b", "settled.tell")).isTrue();
        assertThat(told("tnt_b")).startsWith("none round");
        assertThat(host.tenants.reset("tnt_a", "settled", taken.revision())).isTrue();
        assertThat(told("tnt_a")).startsWith("none round");
    }

    @Test
    void aTenantHasNoMoreCallsAtOnceThanItMay() throws InterruptedException {
        host.tenants.set(
                "tnt_a", "settled", change(true, JsonObject.EMPTY, Map.of(), Optional.of(1)), Optional.empty(), false);
        AtomicReference<String> first = new AtomicReference<>("");
        Thread busy = Thread.ofVirtual().start(() -> first.set(told("tnt_a", 700)));
        await().until(() -> host.tenants.inside("tnt_a", "settled") == 1);
        assertThatThrownBy(() -> told("tnt_a"))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.TENANT_LIMIT));
        assertThat(told("tnt_b")).isNotEmpty();
        busy.join();
        assertThat(first.get()).isNotEmpty();
        assertThat(told("tnt_a")).isNotEmpty();
    }

    /** Or a tenant that sets its configuration could bring back what was taken from it in between. */
    @Test
    void whatAChangeDoesNotNameStaysAsItIs() {
        host.tenants.set(
                "tnt_a", "settled", change(false, JsonObject.EMPTY, Map.of(), Optional.of(3)), Optional.empty(), false);
        TenantPlugin settings = host.tenants
                .set(
                        "tnt_a",
                        "settled",
                        new TenantPlugins.Change(
                                Optional.empty(),
                                Optional.of(JsonObject.of("colour", "red")),
                                Map.of(),
                                Optional.empty(),
                                Optional.empty()),
                        Optional.empty(),
                        false)
                .settings();
        assertThat(settings.enabled()).isFalse();
        assertThat(settings.concurrentCalls()).contains(3);
        assertThat(host.tenants.reset("tnt_a", "settled", settings.revision() - 1))
                .as("seen before the change")
                .isFalse();
        assertThat(host.tenants.reset("tnt_a", "settled", settings.revision())).isTrue();
    }

    @Test
    void oneOfTwoChangesWins() {
        TenantPlugins.Change change = change(true, JsonObject.of("colour", "red"), Map.of(), Optional.empty());
        host.tenants.set("tnt_a", "settled", change, Optional.of(0L), false);
        assertThatThrownBy(() -> host.tenants.set("tnt_a", "settled", change, Optional.of(0L), false))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.SETTINGS_CHANGED));
        host.tenants.set(
                "tnt_a",
                "settled",
                change(true, JsonObject.of("colour", "blue"), Map.of(), Optional.empty()),
                Optional.of(1L),
                true);
        assertThat(told("tnt_a")).as("a dry run changes nothing").startsWith("red");
    }
}
