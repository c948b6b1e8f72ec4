package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Operations;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.policy.ApprovalStore;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.redaction.Redactor;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A plugin service without the guard on a data directory, with stores that a second service can take over. */
public final class PluginHost implements AutoCloseable {

    /** The stores, which outlive the service. */
    public final FakePluginStore plugins;

    /** Who uses plugins. */
    public final List<PluginUses.Use> users = new ArrayList<>();

    /** By what they were looked for. */
    public final List<PluginUses.Offer> offers = new CopyOnWriteArrayList<>();

    /** The secrets that there are. */
    public final Map<String, String> secrets = new HashMap<>();

    /** Where plugins come from. */
    public final FakeReleases releases = new FakeReleases();

    /** What the plugins measure. */
    public final ServerMetrics metrics = new ServerMetrics();

    /** The rules about plugins. */
    public final Policies policies;

    /** Whom rules have asked. */
    public final Approvals approvals;

    /** The service. */
    public final PluginService service;

    /** How much later it is than it is. */
    public volatile Duration later = Duration.ZERO;

    private final Redactor scrubber = Redactor.ofCredentials();

    private final OperationStore operationStore;
    private final ApprovalStore approvalStore;
    private final Operations operations;

    /** A started service on an empty store. */
    public PluginHost(Path data) {
        this(data, new FakePluginStore());
    }

    /** A started service on that store. */
    public PluginHost(Path data, FakePluginStore plugins) {
        this(data, plugins, true);
    }

    /** A started service on that store, which may refuse plugins that nobody signed. */
    public PluginHost(Path data, FakePluginStore plugins, boolean allowUnsigned) {
        this(data, plugins, allowUnsigned, Failpoints.NONE);
    }

    /** A started service on another server, with the stores of one that is away. */
    public PluginHost(Path data, PluginHost other) {
        this(
                data,
                other.plugins,
                true,
                Failpoints.NONE,
                new Kept(other.operationStore, other.approvalStore, other.policies),
                Isolation.NONE,
                START);
    }

    /** A started service where these plugins run in processes of their own. */
    PluginHost(Path data, Isolation isolation) {
        this(data, new FakePluginStore(), true, Failpoints.NONE, Kept.inMemory(), isolation, START);
    }

    /** A started service where plugins may take that long to start. */
    PluginHost(Path data, Duration start) {
        this(data, new FakePluginStore(), true, Failpoints.NONE, Kept.inMemory(), Isolation.NONE, start);
    }

    /** A started service that is ended, or made to fail, at certain places. */
    PluginHost(Path data, FakePluginStore plugins, boolean allowUnsigned, Failpoints failpoints) {
        this(data, plugins, allowUnsigned, failpoints, Kept.inMemory(), Isolation.NONE, START);
    }

    private static final Duration START = Duration.ofSeconds(2);

    /** How long a version that was replaced may stay. */
    public static final Duration DRAIN = Duration.ofSeconds(5);

    private record Kept(OperationStore operations, ApprovalStore approvals, Policies policies) {
        static Kept inMemory() {
            return new Kept(
                    OperationStore.inMemory(),
                    new MemoryApprovalStore(),
                    new Policies(new MemoryPolicyStore(), InstantSource.system()));
        }
    }

    private PluginHost(
            Path data,
            FakePluginStore plugins,
            boolean allowUnsigned,
            Failpoints failpoints,
            Kept kept,
            Isolation isolation,
            Duration start) {
        this.plugins = plugins;
        this.operationStore = kept.operations();
        this.approvalStore = kept.approvals();
        this.policies = kept.policies();
        this.operations = new Operations(operationStore, Ids.system(), InstantSource.system());
        this.approvals =
                new Approvals(approvalStore, Ids.system(), () -> Instant.now().plus(later));
        this.service = new PluginService(
                new PluginSettings(data, start, Duration.ofSeconds(1), DRAIN, allowUnsigned, true, 64, isolation),
                new PluginService.Stores(plugins, plugins),
                offer -> {
                    offers.add(offer);
                    return List.copyOf(users);
                },
                releases,
                name -> Optional.ofNullable(secrets.get(name)),
                new PluginService.Platform(
                        operations, metrics, policies, approvals, InstantSource.system(), scrubber::text, failpoints));
        approvals.onDecision(service::decided);
        service.start();
    }

    /** An upload with consent to everything that is not critical. */
    public static InstallRequest upload(Path jar) {
        return new InstallRequest(new InstallRequest.Upload(jar), Consent.ALL);
    }

    /** Waits for an operation and returns it. */
    public Operation ended(Operation operation) {
        return await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> operationStore.find(operation.id()).orElseThrow(),
                        found -> found.state().terminal());
    }

    /** Waits until an operation waits, and returns it. */
    public Operation waiting(Operation operation) {
        return await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> operationStore.find(operation.id()).orElseThrow(),
                        found -> found.state() != Operation.State.RUNNING);
    }

    /** Asks an operation to stop. */
    public boolean cancel(Operation operation) {
        return operations.cancel(operation.id());
    }

    /** Waits for an operation that has to succeed. */
    public Operation done(Operation operation) {
        Operation ended = ended(operation);
        assertThat(ended.state()).as(() -> String.valueOf(ended.failure())).isEqualTo(Operation.State.SUCCEEDED);
        return ended;
    }

    /** Waits for an operation that has to fail, and says why it did. */
    public Failure failed(Operation operation) {
        Operation ended = ended(operation);
        assertThat(ended.state()).isEqualTo(Operation.State.FAILED);
        return ended.failure().orElseThrow();
    }

    /** What an operation reported on its way. */
    public List<String> messages(Operation operation) {
        return operationStore.events(operation.id(), 0).stream()
                .map(event -> event.data().text("message").orElse(""))
                .toList();
    }

    @Override
    public void close() {
        service.close();
        operations.close();
    }

    /** Has everybody, or that tenant, install and enable plugins by one rule. */
    void rule(Optional<TenantId> owner, String effect, String when, String mode) {
        policies.put(
                owner,
                "plugins",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "r", "point": "install", "effect": "%s", "reason": "Not here. Look twice.",
                                "when": "%s", "mode": "%s"}]}\
                    """.formatted(effect, when, mode))),
                0,
                new Policies.Author("key_1", Optional.empty()),
                false);
    }
}
