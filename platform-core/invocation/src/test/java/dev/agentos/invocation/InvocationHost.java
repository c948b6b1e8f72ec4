package dev.agentos.invocation;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.limits.Limits;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.redaction.Redactions;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.ToolResult;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** An invocation over a real plugin service. */
final class InvocationHost implements AutoCloseable {

    final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());
    final Redactions redactions = Redactions.inMemory();
    final GateRecordStore gates = GateRecordStore.inMemory();
    final Limits limits = Limits.inMemory();
    final Approvals approvals = new Approvals(new MemoryApprovalStore(), Ids.system(), InstantSource.system());
    static final String TENANT = "tnt_test";

    final PluginHost plugins;
    final TenantPlugins tenants;
    final KillSwitches switches = KillSwitches.inMemory();
    final PolicyGate gate;
    final Invocation invocation;
    final List<CallMeter.Call> records = new CopyOnWriteArrayList<>();
    private final Path folder;

    InvocationHost(Path folder) {
        this.folder = folder;
        Path data = folder.resolve("data");
        plugins = new PluginHost(data);
        tenants = TenantPlugins.inMemory(plugins.service);
        gate = new PolicyGate(
                policies, approvals, redactions, gates, new RuleLimits(limits.rates()), InstantSource.system());
        invocation = new Invocation(
                plugins.service.extensions(),
                new HostCapabilities(
                        new FakePluginStateStore(), tenants, data.resolve("workspace"), InstantSource.system()),
                List.of(),
                gate,
                limits.budgets(),
                records::add,
                new CallLimits(8, 3, 5, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofMillis(500)),
                switches);
    }

    void install(SyntheticJar jar) {
        plugins.done(plugins.service.install(PluginHost.upload(jar.writeTo(folder))));
    }

    /** Why it is not installed. */
    Failure refused(SyntheticJar jar) {
        return plugins.failed(plugins.service.install(PluginHost.upload(jar.writeTo(folder))));
    }

    /** Installs it in a process of its own. */
    void installIsolated(SyntheticJar jar) {
        plugins.done(plugins.service.install(isolated(jar)));
    }

    InstallRequest isolated(SyntheticJar jar) {
        return new InstallRequest(
                new InstallRequest.Upload(jar.writeTo(folder)), Consent.ALL, Optional.of(true), Optional.empty());
    }

    static CallScope scope(Duration limit) {
        return scope(TENANT, limit, () -> false, (name, data) -> {});
    }

    static CallScope scope(String tenant, Duration limit, BooleanSupplier cancelled, CallScope.Events events) {
        return new CallScope(
                CallScope.Subject.of(tenant), Instant.now().plus(limit), cancelled, "key", JsonObject.EMPTY, events);
    }

    static CallScope scope() {
        return scope(Duration.ofSeconds(30));
    }

    ToolResult probe(String tool, String what, String text) {
        return invocation.callTool(scope(), tool, JsonObject.of("do", what, "text", text));
    }

    String text(String tool, String what, String text) {
        return ((JsonString) probe(tool, what, text).output()).value();
    }

    @Override
    public void close() {
        invocation.close();
        plugins.close();
    }
}
