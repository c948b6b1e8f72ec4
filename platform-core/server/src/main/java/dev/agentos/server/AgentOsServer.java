package dev.agentos.server;

import dev.agentos.agents.AgentNodes;
import dev.agentos.agents.Agents;
import dev.agentos.agents.DecidedExecutions;
import dev.agentos.agents.Editors;
import dev.agentos.agents.ExecutionRules;
import dev.agentos.agents.PackAgents;
import dev.agentos.agents.Packs;
import dev.agentos.agents.Protocols;
import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.guard.Guard;
import dev.agentos.http.HttpConfig;
import dev.agentos.http.HttpServer;
import dev.agentos.http.HttpServices;
import dev.agentos.invocation.CallMeter;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.PolicyGate;
import dev.agentos.invocation.RuleLimits;
import dev.agentos.invocation.Schemas;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.invocation.checks.EditedArguments;
import dev.agentos.invocation.checks.PolicyTrial;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.limits.Limits;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.DatabaseConfig;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginSettings;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.Policies;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.quotas.Allowances;
import dev.agentos.redaction.Redactions;
import dev.agentos.redis.RedisRateLimitStore;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.retention.Erasures;
import dev.agentos.retention.Exports;
import dev.agentos.retention.Retention;
import dev.agentos.retention.RetentionRules;
import dev.agentos.retention.TenantFiles;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.server.logging.ScrubbedLayout;
import dev.agentos.server.metrics.BudgetMetrics;
import dev.agentos.server.metrics.ExecutionMetrics;
import dev.agentos.server.metrics.QuotaMetrics;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Tenants;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.web.events.EventStreams;
import dev.agentos.web.resources.CursorSeal;
import dev.agentos.web.resources.EndRecords;
import dev.agentos.webhooks.Webhooks;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: every module made and joined here, started from the bottom up and stopped from the top down. What
 * fails on the way up is undone.
 */
final class AgentOsServer implements AutoCloseable {

    /** The server's version, to which plugins' ranges refer. */
    static final SemanticVersion VERSION = SemanticVersion.parse("0.1.0");

    private static final Logger LOG = LoggerFactory.getLogger(AgentOsServer.class);

    /** How long a change waits for its record before it is not acknowledged. */
    private static final Duration RECORDED = Duration.ofSeconds(5);

    static {
        // They start threads of their own, at the end of requests a hundred calls deep. The guard need not look
        // further.
        Guard.trust(ExecutionEngine.class, EventStreams.class);
    }

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final ServerReadiness readiness = new ServerReadiness();
    private final InstantSource clock = InstantSource.system();
    private final Ids ids = Ids.system();
    private final ServerMetrics metrics = new ServerMetrics();
    private final ServerSettings settings;
    private final Failpoints failpoints;
    private final Consumer<AgentOsException> notices;
    private volatile Runnable drain = () -> {};

    private AgentOsServer(ServerSettings settings, Failpoints failpoints, Consumer<AgentOsException> notices) {
        this.settings = settings;
        this.notices = notices;
        this.failpoints = failpoints;
    }

    /**
     * Starts a server; what was started is stopped again when this fails.
     *
     * @param failpoints {@link Failpoints#NONE} outside tests
     * @param notices told every so often what the start waits for
     * @return where it listens, and how to stop it
     * @throws AgentOsException saying what was in the way and what to do
     */
    static Started start(ServerSettings settings, Failpoints failpoints, Consumer<AgentOsException> notices) {
        AgentOsServer server = new AgentOsServer(settings, failpoints, notices);
        try {
            return new Started(server.run(), server);
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    /** A server that is ready. */
    record Started(URI address, AgentOsServer server) {}

    private URI run() {
        DataDirectory data = keep(DataDirectory.open(settings.dataDirectory(), ids));
        HttpServer http = keep(http(data));
        http.bind();
        // From here to its await() the database starts beside all that only needs to be made.
        Database database = keep(Database.start(database(data), ids, this::waits));
        http.start();
        data.listens(http.address());
        PeopleWiring people = PeopleWiring.of(database, settings.oidc(), ids, clock);
        Operations operations = keep(new Operations(database.operationStore(data.nodeId()), ids, clock));
        SecretsWiring secrets = SecretsWiring.of(settings.secretsKey(), data, database, operations, ids);
        HttpServices.Control control = control(database, data, secrets);
        RegistryClient registry = keep(InnerRegistry.open(settings, clock));

        PluginService plugins = keep(plugins(database, data, registry, operations, control));
        Packs packs = new Packs(database.packStore(), plugins.extensions(), clock);
        TenantPlugins tenantPlugins = new TenantPlugins(plugins, database.tenantPluginStore(), secrets.vault(), clock);
        PolicyGate gate = gate(control);
        Invocation invocation = keep(invocation(plugins, tenantPlugins, database, data, control, gate, people));

        NodeHandlers nodes = nodes(invocation, plugins, control);
        AgentCatalog catalog = new PackAgents(packs);
        Graphs graphs = new Graphs(database.graphStore(), nodes, catalog, ids, clock);
        Executions executions = executions(database, nodes, catalog, control);
        ExecutionEngine engine = keep(
                new ExecutionEngine(settings.engine(data.nodeId()), executions, clock, new SecureRandom(), failpoints));
        Retention retention = retention(database, data, people, executions, control, operations);
        PolicyTrial trial = new PolicyTrial(control.policies(), gate, clock);
        Webhooks webhooks = WebhookWiring.of(settings.receivers(), database, secrets.vault(), metrics, failpoints);
        HttpServices.Work work = work(graphs, packs, executions, invocation, retention, trial, webhooks);
        http.serve(new HttpServices(
                people.access(control, secrets.rotations(), new CursorSeal(secrets.rotations()::cursorKeys)),
                work,
                new HttpServices.Extensions(plugins, tenantPlugins),
                registry,
                operations,
                database.idempotencyStore(),
                metrics,
                clock));
        stopFirst(http);
        await(database);
        operations.recover(Erasures.RESUMED);
        follow(secrets);
        control.approvals().knowEditorsBy(new Editors(database.executionStore()));
        rule(control, executions, plugins, people);
        Recurring follower = keep(Recurrences.plugins(plugins));
        Recurring rules = keep(Recurrences.rules(control, records(plugins, control)));
        Recurring stops = keep(Recurrences.killSwitches(control.switches()));
        ChangeWiring.Followers followers = new ChangeWiring.Followers(follower, rules, stops);
        ChangeWiring.listen(database, followers, engine, executions, http.changes());
        ChangeWiring.tell(http.changes(), database, control, plugins, operations);
        obey(control.switches(), stops);
        plugins.start();
        firstStart(people, data.path(), new FirstPlugins(plugins, registry, operations, control.audit(), clock));
        List.of(follower, rules).forEach(Recurring::start);
        keepBooks(control, people, retention, operations);
        releaseOwn(database.executionStore(), data.nodeId());
        begin(engine, database, plugins, webhooks);
        return http.address();
    }

    /** Before anything that could be stopped. */
    private void obey(KillSwitches switches, Recurring stops) {
        switches.refresh();
        stops.start();
        keep(Recurrences.runningCalls(switches)).start();
    }

    private NodeHandlers nodes(Invocation invocation, PluginService plugins, HttpServices.Control control) {
        ScriptRecords records = new ScriptRecords(control.audit(), clock);
        return new AgentNodes(invocation, plugins.extensions(), ScriptEngine.create(), records);
    }

    private Executions executions(
            Database database, NodeHandlers nodes, AgentCatalog catalog, HttpServices.Control control) {
        return new Executions(
                database.executionStore(),
                database.graphStore(),
                nodes,
                catalog,
                ids,
                clock,
                Schemas::check,
                control.switches());
    }

    /** Before anything that needs a secret. */
    private void follow(SecretsWiring secrets) {
        secrets.start();
        keep(secrets.rotations()::leave);
        keep(Recurrences.secretsKeys(secrets.rotations())).start();
    }

    private void await(Database database) {
        database.await();
        readiness.waitsFor(Optional.empty());
    }

    /** Rules are asked before an execution begins, and executions are told what people have decided. */
    private void rule(HttpServices.Control control, Executions executions, PluginService plugins, PeopleWiring people) {
        control.approvals().knowBy(people.principals()::behind);
        control.policies().knowBy(people.principals()::membership);
        control.approvals().checkEditsBy(new EditedArguments(plugins.extensions()));
        control.approvals().onDecision(new DecidedApprovals(new DecidedExecutions(executions), plugins::decided));
        control.approvals().onEscalation(new EscalationRecords(control.audit(), clock)::note);
        ExecutionRules rules = new ExecutionRules(
                control.policies(), new RuleLimits(control.limits().rates()));
        executions.admitBy(control.allowances().behind(rules));
    }

    /** Last of all: from now on there is work. */
    private void begin(ExecutionEngine engine, Database database, PluginService plugins, Webhooks webhooks) {
        new ExecutionMetrics(metrics).measure(engine);
        engine.within(settings.room());
        engine.holding(id -> plugins.extensions().hold(id.value())::close);
        keep(WebhookWiring.start(webhooks, database));
        engine.start();
        drain = engine::drain;
        readiness.needs(keep(new DatabaseWatch(database::responds, clock))::answers, () -> !plugins.isBehind());
        readiness.ready();
    }

    /** What is written down now and then. */
    private void keepBooks(
            HttpServices.Control control, PeopleWiring people, Retention retention, Operations operations) {
        keep(Recurrences.signatures(control.audit().checkpoints(), clock)).start();
        keep(Recurrences.operations(operations)).start();
        keep(Recurrences.ends(new EndRecords(operations, control.audit(), clock), control.audit()))
                .start();
        // Budgets are known, and this server is, before anything is called.
        control.limits().refresh();
        control.allowances().refresh();
        control.limits().settle();
        keep(control.limits()::leave);
        keep(Recurrences.limits(control.limits(), control.allowances())).start();
        retention.erasures().recover();
        keep(Recurrences.erasures(retention)).start();
        keep(Recurrences.cleaning(retention, control.allowances())).start();
        keep(people::keepUses);
        keep(Recurrences.credentialUses(people)).start();
    }

    private HttpServices.Control control(Database database, DataDirectory data, SecretsWiring secrets) {
        KillSwitches switches = new KillSwitches(database.killSwitchStore(), ids, clock);
        metrics.onScrape(() -> metrics.level("agentos.kill.switches.engaged", switches.engaged()));
        return new HttpServices.Control(
                new Policies(database.policyStore(), clock),
                new Approvals(database.approvalStore(), ids, clock),
                new Redactions(secrets.vault(), database.tokenStore()),
                database.gateRecordStore(),
                switches,
                keep(new Audit(
                        database.auditStore(),
                        RECORDED,
                        new AuditCheckpoints(
                                database.auditStore(), AuditKey.in(data.path().resolve("audit.key")), clock))),
                new Limits(limitsStores(database), new BudgetMetrics(metrics), ids, clock),
                new Allowances(database.allowanceStores(), new QuotaMetrics(metrics), clock));
    }

    private Limits.Stores limitsStores(Database database) {
        Limits.Stores stores = database.limitsStores();
        return settings.redis()
                .map(config -> {
                    RedisRateLimitStore redis = keep(new RedisRateLimitStore(config, stores.rates()));
                    readiness.lacks(redis::isAway, "Redis does not count for rate limits; the database does.");
                    metrics.onScrape(() -> metrics.level("agentos.rate.limits.redis.away", redis.isAway() ? 1 : 0));
                    keep(Recurrences.redis(redis)).start();
                    return new Limits.Stores(stores.budgets(), stores.prices(), stores.usage(), redis);
                })
                .orElse(stores);
    }

    private Retention retention(
            Database database,
            DataDirectory data,
            PeopleWiring people,
            Executions executions,
            HttpServices.Control control,
            Operations operations) {
        TenantFiles files = new TenantFiles(data.path().resolve("workspace"));
        Erasures.Stores stores = new Erasures.Stores(database.erasureStore(), database.tenantDataStore(), files);
        return new Retention(
                new Exports(
                        database.exportStore(),
                        stores.data(),
                        database.executionStore(),
                        files,
                        operations,
                        ids,
                        clock),
                new Erasures(
                        stores,
                        new Erasures.Work(people.tenants(), people.keys(), executions, control.switches()),
                        new Erasures.Platform(operations, control.audit(), data.nodeId(), ids, clock)),
                new RetentionRules(
                        database.retentionStore(),
                        control.audit(),
                        (kind, rows) -> metrics.count("agentos.retention.removed", rows, "kind", kind.word()),
                        clock));
    }

    private PluginRecords records(PluginService plugins, HttpServices.Control control) {
        PluginRecords records = new PluginRecords(plugins, control.audit(), clock);
        records.startedWith(plugins.warnings());
        return records;
    }

    private HttpServices.Work work(
            Graphs graphs,
            Packs packs,
            Executions executions,
            Invocation invocation,
            Retention retention,
            PolicyTrial trial,
            Webhooks webhooks) {
        Agents agents = new Agents(packs, graphs);
        Protocols protocols = new Protocols(invocation, agents, executions, clock, Protocols.LIMIT);
        return new HttpServices.Work(graphs, agents, packs, executions, protocols, retention, trial, webhooks);
    }

    private PluginService plugins(
            Database database,
            DataDirectory data,
            RegistryClient registry,
            Operations operations,
            HttpServices.Control control) {
        return new PluginService(
                PluginSettings.of(data.path(), settings.allowUnsigned(), settings.unsafePlugins())
                        .draining(settings.pluginDrain())
                        .workersOf(settings.workerMemory())
                        .isolating(settings.isolation()),
                new PluginService.Stores(database.pluginStore(), database.publisherStore()),
                database.pluginUses(),
                new MarketplaceReleases(registry, VERSION),
                new FileSecrets(System.getenv(), data.path().resolve("secrets")),
                new PluginService.Platform(
                        operations,
                        metrics,
                        control.policies(),
                        control.approvals(),
                        clock,
                        ScrubbedLayout::scrubbed,
                        failpoints));
    }

    private Invocation invocation(
            PluginService plugins,
            TenantPlugins tenantPlugins,
            Database database,
            DataDirectory data,
            HttpServices.Control control,
            PolicyGate gate,
            PeopleWiring people) {
        return new Invocation(
                plugins.extensions(),
                new HostCapabilities(
                        database.pluginStateStore(), tenantPlugins, data.path().resolve("workspace"), clock),
                List.of(new StarterGate(people.principals(), database.graphStore())),
                gate,
                control.limits().budgets(),
                this::measure,
                settings.reducerLimit(),
                control.switches());
    }

    private PolicyGate gate(HttpServices.Control control) {
        return new PolicyGate(
                control.policies(),
                control.approvals(),
                control.redactions(),
                control.gates(),
                new RuleLimits(control.limits().rates()),
                clock);
    }

    private void measure(CallMeter.Call call) {
        String plugin = call.plugin().plugin();
        String outcome = call.outcome().name().toLowerCase(Locale.ROOT);
        metrics.time("agentos.plugins.calls", call.wall(), "plugin", plugin, "outcome", outcome);
        metrics.count("agentos.plugins.cpu.seconds", call.processor().toNanos() / 1e9, "plugin", plugin);
        if (call.allocatedBytes() > 0) {
            metrics.count("agentos.plugins.allocated.bytes", call.allocatedBytes(), "plugin", plugin);
        }
    }

    private HttpServer http(DataDirectory data) {
        HttpConfig config = HttpConfig.of(
                settings.httpHost(),
                settings.httpPort(),
                VERSION.toString(),
                data.path().resolve("uploads"));
        HttpServer server = new HttpServer(config.with(settings.origins()), readiness);
        server.boundStreams(settings.streamsPerTenant());
        return server;
    }

    private void waits(AgentOsException obstacle) {
        // Where the database is, is not for everybody who may ask whether the server is ready.
        readiness.waitsFor(Optional.of("The server waits for its database, which cannot be reached."));
        LOG.warn("Waiting for the database. {} {}", obstacle.getMessage(), obstacle.action());
        notices.accept(obstacle);
    }

    private static void releaseOwn(ExecutionStore executions, String node) {
        // This process holds the lock of the data directory, so whoever had leases under its id is gone.
        int released = executions.release(node);
        if (released > 0) {
            LOG.info("{} executions go on from their last checkpoint", released);
        }
    }

    private DatabaseConfig database(DataDirectory data) {
        return settings.database()
                .<DatabaseConfig>map(external -> new DatabaseConfig.External(
                        external.url(), external.user(), external.password(), external.longestWait()))
                .orElseGet(() -> new DatabaseConfig.Embedded(data));
    }

    /** A server without a tenant gets one, so that the first request needs no preparation, and the console. */
    private static void firstStart(PeopleWiring people, Path directory, FirstPlugins plugins) {
        AdministratorKey.ensure(people.keys(), directory.resolve("admin.key"));
        Tenants tenants = people.tenants();
        if (tenants.list(Search.ALL, PageRequest.FIRST).items().isEmpty()) {
            plugins.install();
            try {
                tenants.create("default");
            } catch (AgentOsException e) {
                // The last one is just being erased.
                LOG.warn("There is no tenant. {} {}", e.getMessage(), e.action());
            }
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        started.push(part);
        return part;
    }

    /** What uses all else was begun early and stops before it. */
    private void stopFirst(AutoCloseable part) {
        started.remove(part);
        started.push(part);
    }

    @Override
    public void close() {
        readiness.stopping();
        // While executions come to a boundary the server still answers: that it is not ready, above all.
        drain.run();
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
