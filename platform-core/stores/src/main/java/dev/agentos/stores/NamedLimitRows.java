package dev.agentos.stores;

import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.NamedLimitStore;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * The rows of limits that are set by name, each change against the revision that was seen.
 *
 * @param <L> which
 */
abstract class NamedLimitRows<L extends NamedLimit<?>> implements NamedLimitStore<L> {

    private static final List<String> COLUMNS = List.of("revision", "by_platform", "changed_by", "changed_at");

    /** The ways into the database. */
    final Connections connections;

    private final Tables tables;
    private final RowMapper<L> reading;
    private final BiConsumer<SqlStatement<?>, L> binding;

    /**
     * Where such limits are.
     *
     * @param limits the table of those that were set
     * @param terms its columns with what they say, which are bound under the same names
     * @param inForce what holds, of the same columns
     * @param windows the table of what they have counted
     * @param owner its column with the limit's name
     * @param ample what is true of a window whose limit is not nearly used up, by what is bound
     */
    record Tables(String limits, List<String> terms, String inForce, String windows, String owner, String ample) {}

    /**
     * Rows of those tables.
     *
     * @param binding binds what a limit says
     */
    NamedLimitRows(
            Connections connections, Tables tables, RowMapper<L> reading, BiConsumer<SqlStatement<?>, L> binding) {
        this.connections = connections;
        this.tables = tables;
        this.reading = reading;
        this.binding = binding;
    }

    @Override
    public final List<L> all() {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM " + tables.inForce() + " ORDER BY tenant_id, name")
                        .map(reading)
                        .list());
    }

    @Override
    public final List<L> list(TenantId tenant) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery(
                                "SELECT * FROM " + tables.inForce() + " WHERE tenant_id = :tenant_id ORDER BY name")
                        .bind("tenant_id", tenant.value())
                        .map(reading)
                        .list());
    }

    @Override
    public final Optional<L> find(TenantId tenant, String name) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery(
                                "SELECT * FROM " + tables.inForce() + " WHERE tenant_id = :tenant_id AND name = :name")
                        .bind("tenant_id", tenant.value())
                        .bind("name", name)
                        .map(reading)
                        .findOne());
    }

    @Override
    public final boolean put(L limit, long expected) {
        List<String> values =
                Stream.concat(COLUMNS.stream(), tables.terms().stream()).toList();
        return connections.inTenant(limit.tenant(), handle -> {
            var update = row(limit.tenant(), limit.name()).write(handle, values, expected);
            bind(update, limit);
            if (update.execute() == 0) {
                return false;
            }
            // Whoever has more again is warned again.
            var again = handle.createUpdate("UPDATE " + tables.windows() + " SET warned = false WHERE tenant_id ="
                    + " :tenant_id AND " + tables.owner() + " = :name AND warned AND " + tables.ample());
            bind(again, limit);
            again.execute();
            return true;
        });
    }

    private RevisedRow row(TenantId tenant, String name) {
        return new RevisedRow(tables.limits(), Optional.of(tenant), "name", name);
    }

    private void bind(SqlStatement<?> statement, L limit) {
        statement
                .bind("tenant_id", limit.tenant().value())
                .bind("name", limit.name())
                .bind("revision", limit.change().revision())
                .bind("by_platform", limit.change().byPlatform())
                .bind("changed_by", limit.change().by())
                .bind("changed_at", limit.change().at());
        binding.accept(statement, limit);
    }

    @Override
    public final boolean delete(TenantId tenant, String name, long expected) {
        return connections.inTenant(tenant, handle -> {
            boolean gone = row(tenant, name).delete(handle, expected);
            if (gone) {
                handle.createUpdate("DELETE FROM " + tables.windows() + " WHERE tenant_id = :tenant AND "
                                + tables.owner() + " = :name")
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .execute();
            }
            return gone;
        });
    }

    /** Who set the limit of a row. */
    static NamedLimit.Change change(ResultSet row) throws SQLException {
        return new NamedLimit.Change(
                row.getLong("revision"),
                row.getBoolean("by_platform"),
                row.getString("changed_by"),
                JdbiExports.time(row, "changed_at"));
    }
}
