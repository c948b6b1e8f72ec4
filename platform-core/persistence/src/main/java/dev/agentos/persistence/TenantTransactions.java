package dev.agentos.persistence;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Turns;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.StatementCustomizer;
import org.jdbi.v3.core.statement.TemplateEngine;

/**
 * Transactions that see one tenant's rows, under the role that sees none by itself.
 *
 * <p>The tenant is a transaction-local setting, so that it cannot outlive the transaction on a pooled connection. It is
 * written in front of the transaction's first statement and travels in its round trip; a round trip of its own would
 * cost reads a quarter of their speed. The first statement must therefore be a query or an update with named
 * parameters, not a batch.
 */
final class TenantTransactions extends Transactions {

    private static final String SETTING = "SELECT set_config('agentos.tenant', :agentosTenant, true)";

    /** To plan a join of few rows takes PostgreSQL ten times as long as to find them. */
    private static final String PLANNED_ONCE = SETTING + ", set_config('plan_cache_mode', 'force_generic_plan', true)";

    private final Turns<TenantId> turns;

    /** Transactions on that pool, whose connections the tenants share by turns. */
    TenantTransactions(DataSource pool, Turns<TenantId> turns) {
        super(pool);
        this.turns = turns;
    }

    /** Runs work in a transaction of that tenant; it may be tried again. */
    <T> T inTenant(TenantId tenant, Function<Handle, T> work) {
        take(tenant);
        try {
            return transact(handle -> new Prefix(tenant, SETTING, false).install(handle), work);
        } finally {
            turns.leave(tenant);
        }
    }

    /**
     * Runs a single query that sees that tenant's rows; it may be tried again. The setting and the query are one
     * message to the database, which makes them one transaction: that saves the round trip of a commit.
     */
    <T> T query(TenantId tenant, Function<Handle, T> work) {
        return single(tenant, SETTING, work);
    }

    /**
     * The same of what a key names. Its plan is made once on each connection and does not depend on the parameters:
     * right where they say which rows, wrong where they say how many.
     */
    <T> T lookUp(TenantId tenant, Function<Handle, T> work) {
        return single(tenant, PLANNED_ONCE, work);
    }

    private <T> T single(TenantId tenant, String setting, Function<Handle, T> work) {
        take(tenant);
        try {
            return query(handle -> new Prefix(tenant, setting, true).install(handle), work);
        } finally {
            turns.leave(tenant);
        }
    }

    private void take(TenantId tenant) {
        if (!turns.take(tenant)) {
            throw new AgentOsException(
                    KernelErrorCode.DATABASE_UNAVAILABLE,
                    "The database is busy with other requests of this tenant.",
                    "Try again in a few seconds, with fewer requests at a time.");
        }
    }

    /** Runs work without a result in a transaction of that tenant; it may be tried again. */
    void runInTenant(TenantId tenant, Consumer<Handle> work) {
        inTenant(tenant, handle -> {
            work.accept(handle);
            return true;
        });
    }

    /** Puts the setting in front of the first statement of a handle and takes its result away again. */
    private static final class Prefix implements StatementCustomizer, TemplateEngine {

        private final TenantId tenant;
        private final String setting;
        private final boolean single;
        private TemplateEngine plain = TemplateEngine.NOP;
        private boolean sent;

        Prefix(TenantId tenant, String setting, boolean single) {
            this.tenant = tenant;
            this.setting = setting;
            this.single = single;
        }

        void install(Handle handle) {
            SqlStatements statements = handle.getConfig(SqlStatements.class);
            plain = statements.getTemplateEngine();
            statements.setTemplateEngine(this);
            statements.addCustomizer(this);
        }

        @Override
        public String render(String sql, StatementContext context) {
            if (sent && single) {
                throw new IllegalStateException("A second statement needs a transaction");
            }
            String rendered = plain.render(sql, context);
            if (sent) {
                return rendered;
            }
            context.getBinding().addNamed("agentosTenant", tenant.value());
            return setting + ";" + rendered;
        }

        @Override
        public void afterExecution(PreparedStatement statement, StatementContext context) throws SQLException {
            if (!sent) {
                sent = true;
                statement.getMoreResults();
            }
        }
    }
}
