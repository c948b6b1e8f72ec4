package dev.agentos.pluginruntime;

import dev.agentos.guard.Guard;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.pluginruntime.InstallPlan.PermissionStatus;
import dev.agentos.pluginruntime.consent.InstallApprovals;
import dev.agentos.pluginruntime.consent.InstallRules;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.pluginruntime.internal.ClassSpace;
import dev.agentos.pluginruntime.internal.PluginChanges;
import dev.agentos.pluginruntime.internal.Verification;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Policies;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Installs, grants, starts, swaps and removes plugins while the server runs. One change is made at a time; a second one
 * of the same plugin is refused with {@code plugin:BUSY}. Long work is an {@link Operation} whose failure says why.
 */
public final class PluginService implements AutoCloseable {

    private static final String INSTALL = "plugin.install";
    private static final String GRANT = "plugin.grant";

    private final PluginSettings settings;
    private final Publishers publishers;
    private final ClassSpace classSpace;
    private final ExtensionRegistry registry = new ExtensionRegistry();
    private final InstallResolver resolver;
    private final PluginRows rows;
    private final PluginSet plugins;
    private final PluginStore store;
    private final InstallApprovals approvals;
    private final PluginChanges changes;
    /** The last change that the store was seen to hold. */
    private volatile long seen;

    /**
     * A service on that data directory; {@link #start()} loads the plugins.
     *
     * @param stores the ports that persistence implements
     * @param uses who would miss a plugin
     * @param releases where plugins and their dependencies are downloaded from
     */
    public PluginService(
            PluginSettings settings,
            Stores stores,
            PluginUses uses,
            ReleaseSource releases,
            SecretSource secrets,
            Platform platform) {
        this.settings = settings;
        PluginFiles files = new PluginFiles(settings.dataDirectory(), stores.plugins());
        Guard.keepIn(settings.dataDirectory().resolve("cache"));
        this.classSpace =
                new ClassSpace(settings.dataDirectory().resolve("cache").resolve("plugins"));
        this.publishers = new Publishers(stores.publishers(), settings.allowUnsigned(), platform.clock());
        this.resolver = new InstallResolver(
                files, releases, new Verification(platform.clock(), publishers::revoked, PluginFiles::sha512));
        this.rows = new PluginRows(
                stores.plugins(), files, publishers, new InstallRules(platform.policies()), uses, settings.isolation());
        this.plugins = new PluginSet(
                stores.plugins(),
                files,
                new PluginLoading(classSpace, registry, settings, secrets, platform),
                registry,
                resolver,
                rows,
                platform.failpoints());
        this.store = stores.plugins();
        this.approvals = new InstallApprovals(platform.approvals(), store, platform.operations());
        this.changes = new PluginChanges(platform.operations(), plugins::reconcile);
    }

    /**
     * What the server lends to the service: operations to report on, metrics, rules, people to ask, the clock, what of
     * a text may be written down, and places for tests.
     */
    public record Platform(
            Operations operations,
            ServerMetrics metrics,
            Policies policies,
            Approvals approvals,
            InstantSource clock,
            UnaryOperator<String> scrubbed,
            Failpoints failpoints) {}

    /** The stores of plugins. */
    public record Stores(PluginStore plugins, Publishers.Store publishers) {}

    /** What makes plugins of this server less safe than they are meant to be. */
    public List<PluginSettings.Warning> warnings() {
        return settings.warnings();
    }

    /** Who may publish which plugin. */
    public Publishers publishers() {
        return publishers;
    }

    /** The installed versions that are signed with that certificate. */
    public List<Publishers.Concerned> signedWith(String fingerprint) {
        return rows.signedWith(fingerprint);
    }

    /** Where the extensions of started plugins are found. */
    public ExtensionRegistry extensions() {
        return registry;
    }

    /** Loads what the store says is installed. A plugin that cannot be started is marked as failed. */
    public void start() {
        follow();
    }

    /** Brings this server in line with the store when another server has changed it. */
    public void follow() {
        seen = store.generation();
        if (isBehind() || plugins.hasToTryAgain()) {
            changes.alone(plugins::reconcile);
        }
        plugins.loading().lookAtCertificates();
    }

    /** Whether another server has changed the plugins and this one has not followed yet. */
    public boolean isBehind() {
        return seen > plugins.followed();
    }

    /** What an installation or a swap would do; nothing is changed. */
    public InstallPlan plan(InstallRequest request) {
        // Without the writer's lock: a registry may take its time.
        try (PluginFiles.Hold held = resolver.hold()) {
            Map<String, PluginFile> installed = rows.installedFiles();
            List<PluginFile> found = resolver.resolve(request.source(), installed, (done, total, message) -> {});
            PluginVersion asked = found.getLast().plugin();
            request.consent().require(asked);
            List<String> warnings = rows.admit(found).warnings();
            return new InstallPlan(rows.steps(found, request), rows.dependants(asked.plugin()), warnings);
        }
    }

    /**
     * Installs a plugin and the plugins that it needs, once people have agreed where rules say so.
     *
     * @throws AgentOsException {@code plugin:BUSY}, {@code plugin:ALREADY_INSTALLED}, {@code plugin:INVALID_PLUGIN};
     *     all else fails the operation
     */
    public Operation install(InstallRequest request) {
        String id = request.plugin();
        refuseInstalled(id);
        approvals.requireNone(id);
        return changes.start(INSTALL, id, fetch(request), reporter -> install(id, request, reporter));
    }

    /** What takes its time, before anything else has to wait for it. */
    private Consumer<Operations.Reporter> fetch(InstallRequest request) {
        return reporter -> resolver.fetch(request.source(), rows, InstallResolver.Progress.of(reporter));
    }

    private JsonObject install(String id, InstallRequest request, Operations.Reporter reporter) {
        refuseInstalled(id);
        plugins.begin(id);
        try {
            return change(id, request, reporter);
        } finally {
            plugins.giveUp(id);
        }
    }

    /**
     * Goes on with what waits for an approval, or ends it.
     *
     * @return false when it has to be told again later
     */
    public boolean decided(Approval approval) {
        Optional<PluginStore.Waiting> found =
                approval.state() == Approval.State.PENDING ? Optional.empty() : approvals.of(approval);
        if (found.isEmpty()) {
            return true;
        }
        PluginStore.Waiting waiting = found.get();
        Consumer<Operations.Reporter> fetch = reporter -> {
            if (approval.state() == Approval.State.APPROVED) {
                fetch(rows.request(waiting)).accept(reporter);
            }
        };
        return changes.goOn(
                waiting.operation(),
                waiting.plugin().plugin(),
                fetch,
                reporter -> approvals.ending(waiting, () -> goOn(waiting, approval, reporter)));
    }

    private JsonObject goOn(PluginStore.Waiting waiting, Approval approval, Operations.Reporter reporter) {
        InstallApprovals.requireNotRefused(approval);
        String id = waiting.plugin().plugin();
        InstallRequest request = rows.request(waiting);
        return switch (reporter.kind()) {
            case INSTALL -> install(id, request, reporter);
            case GRANT -> grant(id, InstalledPlugin.ANY, request, reporter);
            default -> change(rows.row(id).id(), request, reporter);
        };
    }

    private void refuseInstalled(String id) {
        if (rows.all().containsKey(id)) {
            throw new AgentOsException(
                    PluginErrorCode.ALREADY_INSTALLED,
                    "Plugin '" + id + "' is installed already.",
                    "Swap its version instead.");
        }
    }

    /** Replaces a plugin's version, with a newer or an older one, while calls go on. */
    public Operation swap(String id, InstallRequest request) {
        rows.row(id);
        if (!request.plugin().equals(id)) {
            throw new AgentOsException(
                    PluginErrorCode.INVALID_PLUGIN,
                    "The file is plugin '" + request.plugin() + "', not '" + id + "'.",
                    "Send a version of '" + id + "'.");
        }
        approvals.requireNone(id);
        return changes.start("plugin.swap", id, fetch(request), reporter -> change(id, request, reporter));
    }

    /**
     * Keeps an update that lacks a consent, while the version in force goes on; {@link #pending} makes it a request.
     *
     * @return whether it waits; what does not lack anything, or is no update, does not
     */
    public boolean postpone(String id, InstallRequest request) {
        // Without the writer's lock: a registry may take its time.
        try (PluginFiles.Hold held = resolver.hold()) {
            List<PluginFile> found =
                    resolver.resolve(request.source(), rows.installedFiles(), (done, total, message) -> {});
            return changes.alone(() -> {
                plugins.reconcile();
                rows.admit(found);
                PluginFile asked = found.getLast();
                if (!asked.plugin().plugin().equals(id)
                        || asked.plugin().sha512().equals(rows.row(id).release().sha512())) {
                    return false;
                }
                plugins.postpone(asked, request.source());
                return true;
            });
        }
    }

    /**
     * The update that waits for a consent: just that file, from the registry that offered it.
     *
     * @throws AgentOsException {@code plugin:UNKNOWN_RELEASE} when none does, {@code plugin:DIGEST_CHANGED}
     */
    public InstallRequest pending(String id, Consent consent) {
        return rows.pending(id, consent);
    }

    /**
     * Forgets the update that waits for a consent.
     *
     * @throws AgentOsException {@code plugin:UNKNOWN_RELEASE} when none does
     */
    public void dismiss(String id) {
        changes.alone(() -> {
            plugins.reconcile();
            plugins.dismiss(id);
        });
    }

    /** Returns to the version before, with the grants that it had. */
    public Operation rollback(String id) {
        rows.row(id).requirePrevious();
        return changes.start("plugin.rollback", id, reporter -> {
            InstalledPlugin row = rows.row(id);
            InstalledPlugin.Release previous = row.requirePrevious();
            PluginFile file = rows.file(id, previous);
            resolver.refuseRevoked(file);
            resolver.order(rows.installedFiles(), Map.of(id, file));
            return apply(row.rolledBack(), reporter);
        });
    }

    /** Loads the plugin anew, also out of quarantine. */
    public Operation restart(String id) {
        return change("plugin.restart", id, InstalledPlugin.ANY, row -> row.withEnabled(true));
    }

    /** Starts a plugin that was disabled. */
    public Operation enable(String id) {
        return change("plugin.enable", id, InstalledPlugin.ANY, row -> row.withEnabled(true));
    }

    /** Who would miss a plugin; {@code plugin:UNKNOWN_PLUGIN}. */
    public PluginUses.Found uses(String id) {
        rows.row(id);
        return rows.uses(id, registry.loaded(id));
    }

    /**
     * Stops a plugin and keeps it installed.
     *
     * @param force also when somebody uses it
     * @throws AgentOsException {@code plugin:IN_USE} naming who uses it
     */
    public Operation disable(String id, boolean force) {
        refuseUsed(id, force);
        return change("plugin.disable", id, InstalledPlugin.ANY, row -> row.withEnabled(false));
    }

    private Operation change(
            String kind, String id, Consumer<InstalledPlugin> seen, UnaryOperator<InstalledPlugin> change) {
        rows.row(id, seen);
        return changes.start(kind, id, reporter -> apply(change.apply(rows.row(id, seen)), reporter));
    }

    private void refuseUsed(String id, boolean force) {
        PluginRows.refuseUsed(id, force ? List.of() : uses(id).uses());
    }

    /**
     * Restarts the plugin with another configuration; when it does not start, the old one stays in force.
     *
     * @param seen fails when it is not as the caller has seen it; asked at once, and of what is changed
     */
    public Operation configure(String id, Consumer<InstalledPlugin> seen, JsonObject configuration) {
        return change("plugin.configure", id, seen, row -> row.withConfiguration(configuration));
    }

    /** So it loads it in a process of its own, or in the server's; what runs goes on when it does not start. */
    public Operation isolate(String id, Consumer<InstalledPlugin> seen, boolean isolated) {
        return change("plugin.isolate", id, seen, row -> row.withIsolated(isolated));
    }

    /**
     * Agrees to what tools say that are switched off for it, and loads the plugin anew.
     *
     * @param agreed the digests of what was read, by the tools' names; of others nothing changes
     */
    public Operation agree(String id, Map<String, String> agreed) {
        return change(
                "plugin.agree",
                id,
                InstalledPlugin.ANY,
                row -> row.withTools(
                        Optional.of(ToolTexts.agreed(row.release().tools().orElse(Map.of()), agreed))));
    }

    /**
     * Restarts the plugin with exactly the grants that the consent gives, once people have agreed to more where rules
     * say so.
     *
     * @param seen as in {@link #configure}
     * @param by as in {@link InstallRequest}
     * @throws AgentOsException {@code plugin:CONSENT_REQUIRED} when one is missing that it cannot do without
     */
    public Operation grant(String id, Consumer<InstalledPlugin> seen, Consent consent, Optional<String> by) {
        InstalledPlugin row = rows.row(id, seen);
        if (!PluginRows.more(row, rows.grants(row, consent)).isEmpty()) {
            approvals.requireNone(id);
        }
        InstallRequest request = InstallRequest.granting(rows.file(id, row.release()), consent, by);
        return changes.start(GRANT, id, reporter -> grant(id, seen, request, reporter));
    }

    private JsonObject grant(
            String id, Consumer<InstalledPlugin> seen, InstallRequest request, Operations.Reporter reporter) {
        InstalledPlugin row = rows.row(id, seen);
        request.require(id, row.plugin());
        InstalledPlugin granted = row.withGrants(rows.grants(row, request.consent()));
        PluginRows.Admission admitted = rows.admit(row, granted.release().grants());
        approvals.require(reporter, request, row.plugin(), admitted.asks(), List.of(granted));
        return apply(granted, reporter).with("warnings", admitted.notes());
    }

    /**
     * Removes a plugin and its state.
     *
     * @param force also when somebody uses it
     * @throws AgentOsException {@code plugin:IN_USE} naming who uses it
     */
    public Operation uninstall(String id, boolean force) {
        rows.row(id);
        refuseUsed(id, force);
        return changes.start("plugin.uninstall", id, reporter -> {
            rows.row(id);
            refuseUsed(id, force);
            return plugins.result(id, plugins.remove(id, InstallResolver.Progress.of(reporter)));
        });
    }

    /** All installed plugins and those that are being installed, by id. */
    public List<PluginStatus> list() {
        Map<String, InstalledPlugin> installed = rows.all();
        List<PluginStatus> found =
                new ArrayList<>(installed.values().stream().map(plugins::status).toList());
        changes.installing().stream()
                .filter(installing -> !installed.containsKey(installing.plugin()))
                .forEach(installing -> found.add(PluginStatus.installing(installing)));
        found.sort(Comparator.comparing(status -> status.plugin().plugin()));
        return List.copyOf(found);
    }

    /** The plugin of that id. */
    public Optional<PluginStatus> find(String id) {
        return list().stream()
                .filter(status -> status.plugin().plugin().equals(id))
                .findFirst();
    }

    /** The same; {@code plugin:UNKNOWN_PLUGIN} when there is none. */
    public PluginStatus require(String id) {
        return find(id).orElseThrow(() -> PluginRows.unknown(id));
    }

    /** What the store holds of a plugin; {@code plugin:UNKNOWN_PLUGIN}. */
    public InstalledPlugin installed(String id) {
        return rows.row(id);
    }

    /** What a plugin declares and what of it is granted. */
    public List<PermissionStatus> permissions(String id) {
        InstalledPlugin row = rows.row(id);
        return Consent.statuses(rows.file(id, row.release()), Optional.of(row), Consent.NONE);
    }

    /**
     * Passes when the rules let a tenant use an installed plugin.
     *
     * @param by who gives it to the tenant
     * @param dryRun whether to ask nobody who has to agree
     * @throws AgentOsException {@code policy:DENIED}, or {@code policy:APPROVAL_REQUIRED} until people have agreed
     */
    public void requireAllowed(TenantId tenant, String id, Optional<String> by, boolean dryRun) {
        rows.admit(tenant, id).ifPresent(asking -> approvals.require(tenant, asking, by, dryRun));
    }

    /** What the version in force says of itself at length, in Markdown. */
    public Optional<String> readme(String id) {
        return rows.file(id, rows.row(id).release()).readme();
    }

    /** The last lines about a plugin on this server, and its own; {@code plugin:UNKNOWN_PLUGIN} when there is none. */
    public PluginLogs.Log log(String id) {
        require(id);
        return plugins.loading().logs().of(id);
    }

    /** The verifier's report of the version in force. */
    public JsonObject report(String id) {
        return resolver.report(rows.file(id, rows.row(id).release()).path());
    }

    /** Unloads all plugins. */
    @Override
    public void close() {
        changes.alone(() -> {
            plugins.unloadAll();
            classSpace.close();
        });
    }

    private JsonObject change(String id, InstallRequest request, Operations.Reporter reporter) {
        List<PluginFile> found =
                resolver.resolve(request.source(), rows.installedFiles(), InstallResolver.Progress.of(reporter));
        PluginFile asked = found.getLast();
        PluginRows.Admission admitted = rows.admit(found);
        request.require(id, asked.plugin());
        changes.installing(asked.plugin());
        List<InstalledPlugin> changed = rows.changed(found, request, reporter.id());
        approvals.require(reporter, request, asked.plugin(), admitted.asks(), changed);
        Map<String, PluginFile> sources = new HashMap<>();
        found.forEach(file -> sources.put(file.plugin().sha512(), file));
        return plugins.result(id, plugins.apply(changed, sources, InstallResolver.Progress.of(reporter)))
                .with("warnings", admitted.notes());
    }

    private JsonObject apply(InstalledPlugin row, Operations.Reporter reporter) {
        return plugins.result(row.id(), plugins.apply(List.of(row), Map.of(), InstallResolver.Progress.of(reporter)));
    }
}
