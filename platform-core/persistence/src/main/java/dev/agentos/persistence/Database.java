package dev.agentos.persistence;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.agents.PackStore;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphStore;
import dev.agentos.http.IdempotencyStore;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.OperationStore;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKeyStore;
import dev.agentos.tenancy.TenantStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** An open database: migrated, with its pools, and the source of all stores. */
public final class Database implements AutoCloseable {

    private static final int APP_CONNECTIONS = 24;
    private static final int PLATFORM_CONNECTIONS = 12;
    private static final int WRITER_CONNECTIONS = 5;
    private static final int RESERVED_CONNECTIONS = 2;

    private final Optional<EmbeddedPostgres> embedded;
    private final DatabaseConfig.External connection;
    private final List<HikariDataSource> pools = new ArrayList<>();
    private final TenantTransactions tenants;
    private final PlatformTransactions platform;
    private final PlatformTransactions reserved;
    private final Hints hints;
    private final JdbiExecutionStore executions;

    private Database(Optional<EmbeddedPostgres> embedded, DatabaseConfig.External connection) {
        this.embedded = embedded;
        this.connection = connection;
        this.tenants = new TenantTransactions(pool(Pools.Roles.APP, "tenants", APP_CONNECTIONS));
        this.platform = new PlatformTransactions(pool(Pools.Roles.PLATFORM, "platform", PLATFORM_CONNECTIONS));
        this.reserved = new PlatformTransactions(pool(Pools.Roles.PLATFORM, "reserved", RESERVED_CONNECTIONS));
        this.hints = new Hints(platform, connection);
        this.executions = new JdbiExecutionStore(
                tenants, platform, pool(Pools.Roles.PLATFORM, "writers", WRITER_CONNECTIONS), hints);
    }

    /**
     * Starts the embedded database if that is configured, migrates, and opens the pools.
     *
     * @throws AgentOsException {@code server:DATABASE_UNAVAILABLE} when it cannot be reached now, or a
     *     {@link DatabaseErrorCode} when trying again does not help
     */
    public static Database open(DatabaseConfig config, Ids ids) {
        return switch (config) {
            case DatabaseConfig.External external -> open(Optional.empty(), external);
            case DatabaseConfig.Embedded own -> {
                EmbeddedPostgres postgres = EmbeddedPostgres.start(own.directory(), ids);
                try {
                    yield open(
                            Optional.of(postgres),
                            new DatabaseConfig.External(postgres.url(), postgres.user(), postgres.password()));
                } catch (RuntimeException e) {
                    postgres.close();
                    throw e;
                }
            }
        };
    }

    private static Database open(Optional<EmbeddedPostgres> embedded, DatabaseConfig.External connection) {
        Schema.prepare(connection);
        return new Database(embedded, connection);
    }

    private HikariDataSource pool(Pools.Roles role, String name, int size) {
        try {
            HikariDataSource pool = Pools.open(connection, role, name, size);
            pools.add(pool);
            return pool;
        } catch (RuntimeException e) {
            pools.forEach(HikariDataSource::close);
            throw e;
        }
    }

    /** Whether the database answers, asked on connections that ordinary work cannot use up. */
    public boolean responds() {
        try {
            return reserved.call(handle ->
                    handle.createQuery("SELECT 1").mapTo(Integer.class).one() == 1);
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Installed plugins. */
    public PluginStore pluginStore() {
        return new JdbiPluginStore(platform);
    }

    /** The durable state of plugins. */
    public PluginStateStore pluginStateStore() {
        return new JdbiPluginStateStore(tenants, platform);
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
        return new JdbiPackStore(tenants, platform);
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
        return connection;
    }

    /** Closes the pools and stops the embedded database. */
    @Override
    public void close() {
        executions.close();
        hints.close();
        List<HikariDataSource> reversed = new ArrayList<>(pools);
        Collections.reverse(reversed);
        reversed.forEach(HikariDataSource::close);
        embedded.ifPresent(EmbeddedPostgres::close);
    }
}
