package dev.agentos.persistence;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.Properties;

/** Connection pools whose connections have become a role and can wait for nothing without a bound. */
final class Pools {

    private static final long ACQUIRE_LIMIT_MILLIS = 5_000;

    private Pools() {}

    /** A pool that holds that many connections at most and one at least. */
    static HikariDataSource open(DatabaseConfig.External config, Roles role, String name, int size) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(name);
        hikari.setJdbcUrl(config.url());
        hikari.setUsername(config.user());
        hikari.setPassword(config.password());
        hikari.setDataSourceProperties(properties());
        hikari.setMaximumPoolSize(size);
        hikari.setMinimumIdle(1);
        hikari.setConnectionTimeout(ACQUIRE_LIMIT_MILLIS);
        hikari.setValidationTimeout(2_000);
        hikari.setIdleTimeout(60_000);
        hikari.setKeepaliveTime(120_000);
        hikari.setMaxLifetime(1_800_000);
        hikari.setInitializationFailTimeout(ACQUIRE_LIMIT_MILLIS);
        hikari.setExceptionOverrideClassName(DropReadOnly.class.getName());
        hikari.setConnectionInitSql("SET ROLE " + role.role()
                + "; SET statement_timeout = '30s'; SET lock_timeout = '10s';"
                + " SET idle_in_transaction_session_timeout = '60s'");
        return new HikariDataSource(hikari);
    }

    /** What every connection is told: bounded waits, the schema, the writable server of several. */
    static Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("currentSchema", Schema.NAME);
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "10");
        properties.setProperty("socketTimeout", "45");
        properties.setProperty("cancelSignalTimeout", "5");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("targetServerType", "primary");
        properties.setProperty("ApplicationName", "agentos");
        properties.setProperty("reWriteBatchedInserts", "true");
        return properties;
    }

    /** Drops a connection to a server that has become a read-only standby; public because the pool makes it by name. */
    public static final class DropReadOnly implements SQLExceptionOverride {
        @java.lang.Override
        public SQLExceptionOverride.Override adjudicate(SQLException e) {
            return "25006".equals(e.getSQLState())
                    ? SQLExceptionOverride.Override.MUST_EVICT
                    : SQLExceptionOverride.Override.CONTINUE_EVICT;
        }
    }
}
