package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.agents.Agents;
import dev.agentos.agents.ExecutionRules;
import dev.agentos.agents.PackAgents;
import dev.agentos.agents.Packs;
import dev.agentos.agents.Protocols;
import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditStore;
import dev.agentos.audit.MemoryAuditStore;
import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.identity.Accounts;
import dev.agentos.identity.Credentials;
import dev.agentos.identity.FakeAccountStore;
import dev.agentos.identity.FakeLoginStore;
import dev.agentos.identity.Logins;
import dev.agentos.identity.OidcLogin;
import dev.agentos.identity.Passwords;
import dev.agentos.invocation.CallMeter;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.PolicyGate;
import dev.agentos.invocation.RuleLimits;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.invocation.checks.PolicyTrial;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.limits.Limits;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.outbound.Names;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.FakePluginStore;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginSettings;
import dev.agentos.pluginruntime.ReleaseSource;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.quotas.Allowances;
import dev.agentos.redaction.Redactions;
import dev.agentos.redaction.Redactor;
import dev.agentos.retention.Erasures;
import dev.agentos.retention.Exports;
import dev.agentos.retention.Retention;
import dev.agentos.retention.RetentionRules;
import dev.agentos.retention.TenantFiles;
import dev.agentos.secrets.KeyRing;
import dev.agentos.secrets.MemoryDataKeyStore;
import dev.agentos.secrets.Rotations;
import dev.agentos.secrets.Vault;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.FakeApiKeyStore;
import dev.agentos.tenancy.FakeGroupStore;
import dev.agentos.tenancy.FakeRoleStore;
import dev.agentos.tenancy.FakeUserStore;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Principals;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import dev.agentos.testkit.SyntheticJar;
import dev.agentos.web.resources.CursorSeal;
import dev.agentos.webhooks.Receivers;
import dev.agentos.webhooks.Webhooks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;

/** A server on a free port with stores in memory, two tenants and their keys. */
final class TestServer implements AutoCloseable {

    static final Set<Scope> TENANT_SCOPES = Arrays.stream(Scope.values())
            .filter(scope -> !scope.platform())
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Scope.class)));

    /** A node type that writes the configuration in force to the channel {@code settings}, and one that takes long. */
    private static final NodeHandlers NODES = type -> switch (type) {
        case "settings" -> Optional.of(new FakeHandler(call -> JsonObject.of("settings", call.configuration())));
        case "slow" ->
            Optional.of(new FakeHandler(call -> {
                while (!call.cancelled()) {
                    Thread.sleep(10);
                }
                return JsonObject.EMPTY;
            }));
        default -> Optional.empty();
    };

    final FakeWebhookStore webhookStore = new FakeWebhookStore();
    final FakeIdempotencyStore idempotency = new FakeIdempotencyStore();
    final FakeTenantStore tenantStore = new FakeTenantStore();
    final OperationStore operationStore = OperationStore.inMemory();
    final Operations operations;
    final Tenants tenants;
    final ApiKeys apiKeys;
    final Users users;
    final Accounts accounts;
    final Tenant acme;
    final Tenant umbrella;
    final String adminKey;
    final String acmeKey;
    final String umbrellaKey;
    final Executions executions;
    final ExecutionEngine engine;
    final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());
    final Redactions redactions = Redactions.inMemory();
    final GateRecordStore gates = GateRecordStore.inMemory();
    final Approvals approvals = new Approvals(new MemoryApprovalStore(), Ids.system(), InstantSource.system());
    final Limits limits = Limits.inMemory();
    final Allowances allowances = Allowances.inMemory();
    final MemoryAuditStore records = new MemoryAuditStore();
    final FaultyStores faults = new FaultyStores();
    final Audit audit = new Audit(
            faults.of(AuditStore.class, records),
            Duration.ofSeconds(5),
            new AuditCheckpoints(records, AuditKey.fresh(), InstantSource.system()));
    final PluginService plugins;
    final List<PluginUses.Use> uses = new CopyOnWriteArrayList<>();
    final Invocation invocation;
    final List<CallMeter.Call> calls = new CopyOnWriteArrayList<>();
    final FakePackStore packStore = new FakePackStore();
    final Path uploads;
    final HttpServices services;
    final KillSwitches switches = KillSwitches.inMemory();
    final HttpServer server;
    final HttpClient client = HttpClient.newHttpClient();

    TestServer() {
        this(config());
    }

    TestServer(HttpConfig config) {
        this(config, Protocols.LIMIT);
    }

    /** A server whose protocols have that much time for an answer. */
    TestServer(HttpConfig config, Duration protocolLimit) {
        this(config, protocolLimit, Optional.empty());
    }

    /** A server to which people come from an identity provider. */
    TestServer(OidcLogin provider) {
        this(config(), Protocols.LIMIT, Optional.of(provider));
    }

    private TestServer(HttpConfig config, Duration protocolLimit, Optional<OidcLogin> provider) {
        uploads = config.uploads();
        Ids ids = Ids.system();
        InstantSource clock = InstantSource.system();
        operations = new Operations(operationStore, ids, clock);
        tenants = new Tenants(tenantStore, ids, clock);
        FakeApiKeyStore keyStore = new FakeApiKeyStore();
        FakeUserStore userStore = new FakeUserStore(keyStore::revokeOf);
        users = new Users(
                userStore, new Roles(new FakeRoleStore(userStore)), new FakeGroupStore(userStore), ids, clock);
        apiKeys = new ApiKeys(keyStore, users, ids, clock);
        FakeLoginStore loginStore = new FakeLoginStore();
        Logins logins = new Logins(loginStore, users, ids, clock);
        FakeAccountStore accountStore = new FakeAccountStore(userStore);
        approvals.knowBy(new Principals(apiKeys, users, accountStore)::behind);
        policies.knowBy(new Principals(apiKeys, users)::membership);
        accounts = accounts(accountStore, loginStore, logins, users);
        acme = tenants.create("acme");
        umbrella = tenants.create("umbrella");
        adminKey = key(Optional.empty(), "admin", EnumSet.allOf(Scope.class));
        acmeKey = key(Optional.of(acme.id()), "acme", TENANT_SCOPES);
        umbrellaKey = key(Optional.of(umbrella.id()), "umbrella", TENANT_SCOPES);
        ServerMetrics metrics = new ServerMetrics();
        plugins = plugins(config, operations, metrics, clock);
        approvals.onDecision(plugins::decided);
        plugins.start();
        Packs packs = new Packs(packStore, plugins.extensions(), clock);
        AgentCatalog catalog = new PackAgents(packs);
        FakeGraphStore graphStore = new FakeGraphStore();
        Graphs graphs = new Graphs(graphStore, NODES, catalog, ids, clock);
        ExecutionStore executionStore = faults.of(ExecutionStore.class, new MemoryExecutionStore());
        executions = new Executions(
                executionStore, graphStore, NODES, catalog, ids, clock, Executions.AnswerCheck.NONE, switches);
        engine = new ExecutionEngine(EngineConfig.of("test"), executions, clock, new Random(1), Failpoints.NONE);
        engine.start();
        TenantPlugins tenantPlugins = TenantPlugins.inMemory(plugins);
        PolicyGate gate = new PolicyGate(policies, approvals, redactions, gates, new RuleLimits(limits.rates()), clock);
        invocation = invocation(tenantPlugins, gate, clock);
        executions.admitBy(allowances.behind(new ExecutionRules(policies, new RuleLimits(limits.rates()))));
        Agents agents = new Agents(packs, graphs);
        Protocols protocols = new Protocols(invocation, agents, executions, clock, protocolLimit);
        services = services(
                config,
                people(provider, logins, accountStore),
                new HttpServices.Work(
                        graphs,
                        agents,
                        packs,
                        executions,
                        protocols,
                        retention(executionStore),
                        new PolicyTrial(policies, gate, clock),
                        webhooks()),
                tenantPlugins,
                metrics);
        server = new HttpServer(config, Readiness.READY, 0, 4_096);
        server.start();
        server.serve(services);
    }

    private Invocation invocation(TenantPlugins tenantPlugins, PolicyGate gate, InstantSource clock) {
        return new Invocation(
                plugins.extensions(),
                new HostCapabilities(new FakePluginStateStore(), tenantPlugins, uploads.resolve("workspace"), clock),
                List.of(),
                gate,
                limits.budgets(),
                calls::add,
                Invocation.REDUCER_LIMIT,
                switches);
    }

    private HttpServices.People people(Optional<OidcLogin> provider, Logins logins, FakeAccountStore accountStore) {
        return new HttpServices.People(
                users,
                accounts,
                credentials(provider, logins, accountStore),
                provider,
                new PrincipalNames(apiKeys, users, accountStore, accountStore));
    }

    private Credentials credentials(Optional<OidcLogin> provider, Logins logins, FakeAccountStore accountStore) {
        Credentials own = new Credentials(apiKeys, logins);
        return provider.map(one -> own.with(one, tenants, users, accountStore)).orElse(own);
    }

    private static Accounts accounts(FakeAccountStore store, FakeLoginStore loginStore, Logins logins, Users users) {
        return new Accounts(
                store,
                loginStore,
                logins,
                new Passwords(new SecureRandom()),
                users,
                Ids.system(),
                InstantSource.system());
    }

    private HttpServices services(
            HttpConfig config,
            HttpServices.People people,
            HttpServices.Work work,
            TenantPlugins tenantPlugins,
            ServerMetrics metrics) {
        Rotations keys = keys();
        return new HttpServices(
                new HttpServices.Access(
                        tenants,
                        apiKeys,
                        people,
                        new HttpServices.Control(
                                policies, approvals, redactions, gates, switches, audit, limits, allowances),
                        new HttpServices.Emergency(tenants, people.credentials(), people.names()),
                        keys,
                        new CursorSeal(keys::cursorKeys)),
                work,
                new HttpServices.Extensions(plugins, tenantPlugins),
                new FakeRegistryClient(config.uploads().resolve("registries")),
                operations,
                idempotency,
                metrics,
                InstantSource.system());
    }

    private Webhooks webhooks() {
        return new Webhooks(
                webhookStore,
                SecretCipher.passing(),
                new Receivers(List.of(), Names.SYSTEM, () -> (SSLSocketFactory) SSLSocketFactory.getDefault()),
                state -> {},
                Ids.system(),
                InstantSource.system(),
                Failpoints.NONE);
    }

    private Rotations keys() {
        MemoryDataKeyStore store = new MemoryDataKeyStore();
        KeyRing ring = KeyRing.open(Optional.empty(), uploads, new SecureRandom());
        Vault vault = new Vault(store, ring, Ids.system(), new SecureRandom());
        vault.start();
        return new Rotations(store, ring, vault, operations, "test", Duration.ZERO);
    }

    private Retention retention(ExecutionStore executionStore) {
        FakeRetentionStores stores = new FakeRetentionStores(tenantStore);
        TenantFiles files = new TenantFiles(uploads.resolve("workspace"));
        Ids ids = Ids.system();
        InstantSource clock = InstantSource.system();
        return new Retention(
                new Exports(stores, stores, executionStore, files, operations, ids, clock),
                new Erasures(
                        new Erasures.Stores(stores, stores, files),
                        new Erasures.Work(tenants, apiKeys, executions, switches),
                        new Erasures.Platform(operations, audit, "test", ids, clock)),
                new RetentionRules(new FakeRetentionStore(), audit, (kind, rows) -> {}, clock));
    }

    String key(Optional<TenantId> tenant, String name, Set<Scope> scopes) {
        return apiKeys.create(tenant, name, scopes, Optional.empty()).secret();
    }

    private PluginService plugins(
            HttpConfig config, Operations operations, ServerMetrics metrics, InstantSource clock) {
        FakePluginStore store = new FakePluginStore();
        return new PluginService(
                PluginSettings.of(config.uploads(), true, true),
                new PluginService.Stores(store, store),
                offer -> uses,
                ReleaseSource.NONE,
                name -> Optional.empty(),
                new PluginService.Platform(
                        operations,
                        metrics,
                        policies,
                        approvals,
                        clock,
                        Redactor.ofCredentials()::text,
                        Failpoints.NONE));
    }

    static HttpConfig config() {
        Path data;
        try {
            data = Files.createTempDirectory("agentos-http-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new HttpConfig(
                "127.0.0.1",
                0,
                "0.0.0-test",
                data,
                Duration.ofSeconds(5),
                Duration.ofMillis(300),
                Duration.ofSeconds(2),
                HttpConfig.Origins.NONE);
    }

    HttpRequest.Builder request(String key, String path) {
        return HttpRequest.newBuilder(URI.create(server.address() + path))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + key);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** An operation when it has ended. */
    Operation ended(Operation operation) {
        return await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> operationStore.find(operation.id()).orElseThrow(),
                        found -> found.state().terminal());
    }

    /** Waits for an operation that must succeed. */
    void done(Operation operation) {
        Operation ended = ended(operation);
        assertThat(ended.state()).as(() -> String.valueOf(ended.failure())).isEqualTo(Operation.State.SUCCEEDED);
    }

    /** What uploads a plugin, with consent to all that it asks for. */
    static InstallRequest upload(SyntheticJar jar, Path folder) {
        return new InstallRequest(new InstallRequest.Upload(jar.writeTo(folder)), Consent.ALL);
    }

    /** Uploads a plugin as an administrator of the platform, with consent to all that it asks for. */
    HttpResponse<String> upload(SyntheticJar jar) {
        return send(request(adminKey, "/api/v1/plugins?acceptAll=true")
                .header("Content-Type", PluginsResource.JAR)
                .POST(HttpRequest.BodyPublishers.ofByteArray(jar.bytes())));
    }

    /** The same, until it has started. */
    void install(String id, SyntheticJar jar) {
        HttpResponse<String> accepted = upload(jar);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get(adminKey, "/api/v1/plugins/" + id).body().contains("\"STARTED\""));
    }

    HttpResponse<String> get(String key, String path) {
        return send(request(key, path).GET());
    }

    HttpResponse<String> post(String key, String path, String body, String... headers) {
        return send("POST", key, path, body, headers);
    }

    HttpResponse<String> put(String key, String path, String body, String... headers) {
        return send("PUT", key, path, body, headers);
    }

    HttpResponse<String> delete(String key, String path, String... headers) {
        HttpRequest.Builder request = request(key, path).DELETE();
        return send(headers.length > 0 ? request.headers(headers) : request);
    }

    private HttpResponse<String> send(String method, String key, String path, String body, String... headers) {
        HttpRequest.Builder request = request(key, path)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        return send(headers.length > 0 ? request.headers(headers) : request);
    }

    /** The state that an answer shows, for If-Match. */
    static String tag(HttpResponse<String> response) {
        return response.headers().firstValue("ETag").orElseThrow();
    }

    static JsonObject json(HttpResponse<String> response) {
        return Json.parseObject(response.body());
    }

    @Override
    public void close() {
        client.close();
        server.close();
        engine.close();
        invocation.close();
        plugins.close();
        operations.close();
        remove(uploads);
    }

    /** Nothing of a test stays behind. */
    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
