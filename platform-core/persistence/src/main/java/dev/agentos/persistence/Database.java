package dev.agentos.persistence;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.agents.PackStore;
import dev.agentos.audit.AuditStore;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphStore;
import dev.agentos.http.IdempotencyStore;
import dev.agentos.identity.AccountStore;
import dev.agentos.identity.LoginStore;
import dev.agentos.invocation.TenantPluginStore;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Turns;
import dev.agentos.limits.Limits;
import dev.agentos.persistence.internal.DatabaseWait;
import dev.agentos.persistence.internal.LaterPool;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.policy.ApprovalStore;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.KillSwitchStore;
import dev.agentos.policy.PolicyStore;
import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.quotas.Allowances;
import dev.agentos.redaction.TokenStore;
import dev.agentos.retention.ErasureStore;
import dev.agentos.retention.ExportStore;
import dev.agentos.retention.RetentionStore;
import dev.agentos.retention.TenantDataStore;
import dev.agentos.secrets.DataKeyStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.stores.Connections;
import dev.agentos.stores.JdbiAccountStore;
import dev.agentos.stores.JdbiBudgetStore;
import dev.agentos.stores.JdbiConcurrencyStore;
import dev.agentos.stores.JdbiDataKeys;
import dev.agentos.stores.JdbiErasures;
import dev.agentos.stores.JdbiExports;
import dev.agentos.stores.JdbiGateRecordStore;
import dev.agentos.stores.JdbiGroupStore;
import dev.agentos.stores.JdbiLoginStore;
import dev.agentos.stores.JdbiPlanStore;
import dev.agentos.stores.JdbiPluginUses;
import dev.agentos.stores.JdbiQuotaStore;
import dev.agentos.stores.JdbiRetention;
import dev.agentos.stores.JdbiRoleStore;
import dev.agentos.stores.JdbiTenantData;
import dev.agentos.stores.JdbiTokenStore;
import dev.agentos.stores.JdbiUserStore;
import dev.agentos.stores.JdbiWebhooks;
import dev.agentos.tenancy.ApiKeyStore;
import dev.agentos.tenancy.GroupStore;
import dev.agentos.tenancy.RoleStore;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.TenantStore;
import dev.agentos.tenancy.UserStore;
import dev.agentos.webhooks.WebhookStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database that is started, migrated and connected to on a thread of its own, and the source of all stores. Stores
 * can be made at once; the first use of one waits for the start.
 */
public final class Database implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final int APP_CONNECTIONS = 24;

    /** How many of those one tenant has at most: enough to keep the processors busy, and no long queue for others. */
    private static final int APP_SHARE =
            Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 8, APP_CONNECTIONS);

    private static final int PLATFORM_CONNECTIONS = 12;
    private static final int WRITER_CONNECTIONS = 7;
    private static final int RESERVED_CONNECTIONS = 4;

    private final CompletableFuture<Opened> opening = new CompletableFuture<>();
    private final DatabaseWait wait = new DatabaseWait();
    private final TenantTransactions tenants =
            new TenantTransactions(pool(Opened::tenants), new Turns<>(APP_CONNECTIONS, APP_SHARE, Pools.ACQUIRE_LIMIT));
    private final PlatformTransactions platform = new PlatformTransactions(pool(Opened::platform));
    private final PlatformTransactions reserved = new PlatformTransactions(pool(Opened::reserved));
    private final Hints hints = new Hints(platform);
    private final JdbiExecutionStore executions =
            new JdbiExecutionStore(tenants, platform, pool(Opened::writers), hints);

    /** What is to be closed again. */
    private record Opened(
            Optional<EmbeddedPostgres> embedded,
            DatabaseConfig.External config,
            HikariDataSource tenants,
            HikariDataSource platform,
            HikariDataSource writers,
            HikariDataSource reserved) {

        List<HikariDataSource> pools() {
            return List.of(reserved, writers, platform, tenants);
        }

        void close() {
            pools().forEach(HikariDataSource::close);
            embedded.ifPresent(EmbeddedPostgres::close);
        }
    }

    private Database() {}

    /**
     * Begins to start the embedded database if that is configured, to migrate, and to open the pools. Returns at once;
     * {@link #await()} tells when it is done and what was in the way, and {@link #close()} undoes it at any time.
     *
     * @param obstacle told at once, and then every so often, why a database that is waited for cannot be reached
     */
    public static Database start(DatabaseConfig config, Ids ids, Consumer<AgentOsException> obstacle) {
        Database database = new Database();
        database.opening.completeAsync(
                () -> database.opened(config, ids, obstacle),
                task -> Thread.ofPlatform().name("database").daemon().start(task));
        return database;
    }

    /**
     * Starts a database and waits for it.
     *
     * @throws AgentOsException as {@link #await()} does; nothing is left open then
     */
    public static Database open(DatabaseConfig config, Ids ids) {
        Database database =
                start(config, ids, e -> LOG.warn("Waiting for the database. {} {}", e.getMessage(), e.action()));
        try {
            database.await();
            return database;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /**
     * Waits until the database can be used.
     *
     * @throws AgentOsException {@code server:DATABASE_UNAVAILABLE} when it cannot be reached now, or a
     *     {@link DatabaseErrorCode} when trying again does not help
     */
    public void await() {
        opened();
    }

    private Opened opened(DatabaseConfig config, Ids ids, Consumer<AgentOsException> obstacle) {
        Opened opened = switch (config) {
            case DatabaseConfig.External external ->
                wait.until(external.longestWait(), obstacle, () -> connect(Optional.empty(), external));
            case DatabaseConfig.Embedded own -> {
                EmbeddedPostgres postgres = EmbeddedPostgres.start(own.directory(), ids);
                try {
                    yield connect(
                            Optional.of(postgres),
                            new DatabaseConfig.External(postgres.url(), postgres.user(), postgres.password()));
                } catch (RuntimeException e) {
                    postgres.close();
                    throw e;
                }
            }
        };
        hints.start(opened.config());
        return opened;
    }

    private static Opened connect(Optional<EmbeddedPostgres> embedded, DatabaseConfig.External config) {
        Schema.prepare(config);
        List<HikariDataSource> pools = new ArrayList<>();
        try {
            pools.add(Pools.open(config, Pools.Roles.APP, "tenants", APP_CONNECTIONS));
            pools.add(Pools.open(config, Pools.Roles.PLATFORM, "platform", PLATFORM_CONNECTIONS));
            pools.add(Pools.forWriting(config, "writers", WRITER_CONNECTIONS));
            pools.add(Pools.open(config, Pools.Roles.PLATFORM, "reserved", RESERVED_CONNECTIONS));
            return new Opened(embedded, config, pools.get(0), pools.get(1), pools.get(2), pools.get(3));
        } catch (RuntimeException e) {
            pools.forEach(HikariDataSource::close);
            throw Schema.translated(config, e);
        }
    }

    private DataSource pool(Function<Opened, HikariDataSource> pool) {
        return new LaterPool(() -> pool.apply(opened()));
    }

    private Opened opened() {
        try {
            return opening.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof AgentOsException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Whether the database answers and takes writes, asked on connections that ordinary work cannot use up. */
    public boolean responds() {
        try {
            boolean writable = reserved.call(
                    handle -> handle.createQuery("SELECT current_setting('transaction_read_only') = 'off'")
                            .mapTo(Boolean.class)
                            .one());
            if (!writable) {
                leave();
            }
            return writable;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** New connections are made to a server that takes writes, and to no other; those that are open would stay. */
    private void leave() {
        LOG.warn("The database takes no writes; the server waits for one that does");
        opened().pools().forEach(pool -> pool.getHikariPoolMXBean().softEvictConnections());
        hints.reconnect();
    }

    /** Installed plugins. */
    public PluginStore pluginStore() {
        return new JdbiPluginStore(platform, hints);
    }

    /** The publishers to whom plugins are bound. */
    public Publishers.Store publisherStore() {
        return new JdbiPluginStore(platform, hints);
    }

    /** The durable state of plugins. */
    public PluginStateStore pluginStateStore() {
        return new JdbiTenantPlugins(tenants);
    }

    /** Who would miss a plugin. */
    public PluginUses pluginUses() {
        return new JdbiPluginUses(connections());
    }

    /** What tenants have set for plugins. */
    public TenantPluginStore tenantPluginStore() {
        return new JdbiTenantPlugins(tenants);
    }

    /** Answers to requests that carry an idempotency key. */
    public IdempotencyStore idempotencyStore() {
        return new JdbiIdempotencyStore(platform);
    }

    /** The operations of a node. */
    public OperationStore operationStore(String nodeId) {
        return new JdbiOperationStore(platform, nodeId);
    }

    /** Tenants. */
    public TenantStore tenantStore() {
        return new JdbiTenantStore(platform);
    }

    /** API keys. */
    public ApiKeyStore apiKeyStore() {
        return new JdbiApiKeyStore(tenants, platform);
    }

    /** Enabled packs. */
    public PackStore packStore() {
        return new JdbiPackStore(tenants);
    }

    /** Policies. */
    public PolicyStore policyStore() {
        return new JdbiPolicyStore(tenants, platform, hints);
    }

    /** Evidence of what rules have checked. */
    public GateRecordStore gateRecordStore() {
        return new JdbiGateRecordStore(connections());
    }

    /** The keys that encrypt what tenants keep secret. */
    public DataKeyStore dataKeyStore() {
        return new JdbiDataKeys(connections());
    }

    /** What tokens stand for that rules have put in the place of values. */
    public TokenStore tokenStore() {
        return new JdbiTokenStore(connections());
    }

    /** Kill switches; they are reached whatever ordinary work does. */
    public KillSwitchStore killSwitchStore() {
        return new JdbiKillSwitchStore(reserved, platform, hints);
    }

    /** API keys, for who must be let in whatever ordinary work does. */
    public ApiKeyStore reservedApiKeyStore() {
        return new JdbiApiKeyStore(tenants, reserved);
    }

    /** Tenants, for the same. */
    public TenantStore reservedTenantStore() {
        return new JdbiTenantStore(reserved);
    }

    /** Users. */
    public UserStore userStore() {
        return new JdbiUserStore(connections());
    }

    /** Who people are, and the invitations to them. */
    public AccountStore accountStore() {
        return new JdbiAccountStore(connections());
    }

    /** The same for requests to kill switches. */
    public AccountStore reservedAccountStore() {
        return new JdbiAccountStore(reservedConnections());
    }

    /** The browsers in which people have logged in. */
    public LoginStore loginStore() {
        return new JdbiLoginStore(connections());
    }

    /** Logins, for who must be let in whatever ordinary work does. */
    public LoginStore reservedLoginStore() {
        return new JdbiLoginStore(reservedConnections());
    }

    /** Roles. */
    public RoleStore roleStore() {
        return new JdbiRoleStore(connections());
    }

    /** Groups of users. */
    public GroupStore groupStore() {
        return new JdbiGroupStore(connections());
    }

    /** Groups, for who must be let in whatever ordinary work does. */
    public GroupStore reservedGroupStore() {
        return new JdbiGroupStore(reservedConnections());
    }

    /** Users, for who must be let in whatever ordinary work does. */
    public UserStore reservedUserStore() {
        return new JdbiUserStore(reservedConnections());
    }

    /** Roles, for the same. */
    public RoleStore reservedRoleStore() {
        return new JdbiRoleStore(reservedConnections());
    }

    /** Approvals. */
    public ApprovalStore approvalStore() {
        return new JdbiApprovalStore(tenants, platform);
    }

    /** What limits are kept in. */
    public Limits.Stores limitsStores() {
        JdbiUsageStore usage = new JdbiUsageStore(tenants, platform);
        return new Limits.Stores(new JdbiBudgetStore(connections()), usage, usage, new JdbiRateLimitStore(platform));
    }

    /** What is kept of what tenants may have. */
    public Allowances.Stores allowanceStores() {
        return new Allowances.Stores(
                new JdbiQuotaStore(connections()),
                new JdbiConcurrencyStore(connections()),
                new JdbiPlanStore(connections()));
    }

    /** Who is told of the ends of executions. */
    public WebhookStore webhookStore() {
        return new JdbiWebhooks(connections());
    }

    /** Everything of tenants, to hand out and to erase. */
    public TenantDataStore tenantDataStore() {
        return new JdbiTenantData(connections());
    }

    /** Exports and their files. */
    public ExportStore exportStore() {
        return new JdbiExports(connections());
    }

    /** What is erased. */
    public ErasureStore erasureStore() {
        return new JdbiErasures(connections());
    }

    /** How long things are kept. */
    public RetentionStore retentionStore() {
        return new JdbiRetention(connections());
    }

    private Connections connections() {
        return new Connections() {
            @Override
            public <T> T inTenant(TenantId tenant, Function<Handle, T> work) {
                return tenants.inTenant(tenant, work);
            }

            @Override
            public <T> T asPlatform(Function<Handle, T> work) {
                return platform.call(work);
            }
        };
    }

    private Connections reservedConnections() {
        return new Connections() {
            @Override
            public <T> T inTenant(TenantId tenant, Function<Handle, T> work) {
                return reserved.call(work);
            }

            @Override
            public <T> T asPlatform(Function<Handle, T> work) {
                return reserved.call(work);
            }
        };
    }

    /** Records of what was done. */
    public AuditStore auditStore() {
        return new JdbiAuditStore(platform);
    }

    /** Graphs. */
    public GraphStore graphStore() {
        return new JdbiGraphStore(tenants);
    }

    /** Executions. */
    public ExecutionStore executionStore() {
        return executions;
    }

    /** What happened on any server of this database, to be looked up at once instead of at the next poll. */
    public Hints hints() {
        return hints;
    }

    TenantTransactions tenants() {
        return tenants;
    }

    PlatformTransactions platform() {
        return platform;
    }

    DatabaseConfig.External connection() {
        return opened().config();
    }

    /**
     * Closes the pools and stops the embedded database; a start that is under way is waited for, a database that cannot
     * be reached is not.
     */
    @Override
    public void close() {
        wait.end();
        executions.close();
        hints.close();
        opening.handle((opened, failure) -> {
                    // A start that failed has left nothing open, and told whoever waited for it.
                    if (opened != null) {
                        opened.close();
                    }
                    return true;
                })
                .join();
    }
}
