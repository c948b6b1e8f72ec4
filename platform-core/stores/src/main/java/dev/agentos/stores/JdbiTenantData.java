package dev.agentos.stores;

import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.Whose;
import dev.agentos.tenancy.TenantId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterable;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * What is kept of tenants, by {@link TenantTables}. It is read under the role that sees one tenant's rows alone, and
 * removed under the platform's.
 */
public final class JdbiTenantData implements TenantDataStore {

    private static final int FETCHED = 200;
    private static final String MEMBERSHIPS = "memberships";
    private static final int SHOWN = 100;
    private static final String ENDED = "('SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT')";

    private final Connections connections;

    /** Over those connections. */
    public JdbiTenantData(Connections connections) {
        this.connections = connections;
    }

    @Override
    public List<String> readable(Whose whose) {
        return TenantTables.ALL.reversed().stream()
                .filter(table -> table.readable(whole(whose)))
                .map(TenantTable::kind)
                .toList();
    }

    @Override
    public void read(Whose whose, String kind, Consumer<String> row) {
        TenantTable table = TenantTables.of(kind);
        String sql = "SELECT row_to_json(x)::text FROM (SELECT " + String.join(", ", table.exported()) + " FROM "
                + table.name() + " t WHERE " + condition(whose, table.handedOut()) + " ORDER BY " + table.order()
                + ") x";
        connections.inTenant(whose.tenant(), handle -> {
            // What names the tenant is a statement of its own, so that the next one can be fetched part by part.
            handle.createQuery("SELECT 1").mapTo(Integer.class).one();
            try (Stream<String> rows = ((ResultIterable<String>)
                            bound(handle.createQuery(sql).setFetchSize(FETCHED), whose)
                                    .mapTo(String.class))
                    .stream()) {
                rows.forEach(row);
            }
            return true;
        });
    }

    @Override
    public Map<String, Long> count(Whose whose) {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (TenantTable table : TenantTables.ALL) {
            if (table.removable(whole(whose))) {
                long rows = connections.asPlatform(handle -> count(handle, whose, table));
                if (rows > 0) {
                    counts.put(table.kind(), rows);
                }
            }
        }
        return counts;
    }

    private static long count(Handle handle, Whose whose, TenantTable table) {
        return bound(
                        handle.createQuery(
                                "SELECT count(*) FROM " + table.name() + " t WHERE " + condition(whose, table.goes())),
                        whose)
                .mapTo(Long.class)
                .one();
    }

    @Override
    public List<String> removable(Whose whose) {
        return TenantTables.ALL.stream()
                .filter(table -> table.removable(whole(whose)))
                .map(TenantTable::kind)
                .toList();
    }

    @Override
    public long remove(Whose whose, String kind, int most) {
        TenantTable table = TenantTables.of(kind);
        String where = condition(whose, table.goes());
        String rows = "DELETE FROM " + table.name() + " WHERE ctid = ANY (ARRAY(SELECT t.ctid FROM " + table.name()
                + " t WHERE " + where + " LIMIT :most))";
        return connections.<Long>asPlatform(handle -> switch (kind) {
            case EXECUTIONS ->
                removeExecutions(
                        handle,
                        bound(
                                        handle.createQuery("SELECT number FROM executions t WHERE " + where
                                                + " LIMIT :most FOR UPDATE"),
                                        whose)
                                .bind("most", most)
                                .mapTo(Long.class)
                                .list());
            case MEMBERSHIPS ->
                removeMembers(
                        handle,
                        bound(handle.createQuery(rows + " RETURNING user_id"), whose)
                                .bind("most", most)
                                .mapTo(String.class)
                                .list());
            default ->
                (long) bound(handle.createUpdate(rows), whose)
                        .bind("most", most)
                        .execute();
        });
    }

    /** Whoever is a member of nothing any more is nobody, and nothing is kept of an address. */
    private static long removeMembers(Handle handle, List<String> users) {
        handle.createUpdate("""
            DELETE FROM users u
             WHERE id = ANY (:users) AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id)
            """).bindArray("users", String.class, users).execute();
        return users.size();
    }

    /**
     * Their logs first, by a statement that sees what was written to them before their rows were locked; and the keys
     * of the requests that began them, which stand for nothing any more.
     */
    static long removeExecutions(Handle handle, List<Long> numbers) {
        if (numbers.isEmpty()) {
            return 0;
        }
        handle.createUpdate("DELETE FROM execution_log WHERE execution = ANY (:numbers)")
                .bindArray("numbers", Long.class, numbers)
                .execute();
        handle.createUpdate("DELETE FROM idempotency_keys k USING executions e WHERE e.number = ANY (:numbers)"
                        + " AND k.tenant_id = e.tenant_id AND k.execution = e.id")
                .bindArray("numbers", Long.class, numbers)
                .execute();
        return handle.createUpdate("DELETE FROM executions WHERE number = ANY (:numbers)")
                .bindArray("numbers", Long.class, numbers)
                .execute();
    }

    @Override
    public Optional<String> meant(TenantId tenant, String id) {
        Whose whose = new Whose(tenant, Optional.of(id));
        Optional<String> ofKey = connections.asPlatform(handle -> bound(
                        handle.createQuery(
                                "SELECT t.principal FROM api_keys t WHERE t.tenant_id = :tenant AND t.id = :principal"),
                        whose)
                .mapTo(String.class)
                .findOne());
        // From the end, where members and records are, which are found at once.
        return ofKey.or(() -> TenantTables.ALL.reversed().stream()
                .filter(table -> table.handedOut().isPresent() || table.goes().isPresent())
                .filter(table -> knows(whose, table))
                .findFirst()
                .map(table -> id));
    }

    private boolean knows(Whose whose, TenantTable table) {
        String rows = Stream.of(table.handedOut(), table.goes())
                .flatMap(Optional::stream)
                .distinct()
                .map(one -> condition(whose, Optional.of(one)))
                .collect(Collectors.joining(" OR "));
        return connections.asPlatform(handle -> bound(
                        handle.createQuery("SELECT EXISTS (SELECT FROM " + table.name() + " t WHERE " + rows + ")"),
                        whose)
                .mapTo(Boolean.class)
                .one());
    }

    @Override
    public Map<String, List<String>> left(Whose whose) {
        if (whole(whose)) {
            return Map.of();
        }
        List<String> shared = connections.inTenant(
                whose.tenant(),
                handle -> bound(handle.createQuery("""
                    SELECT DISTINCT e.session FROM executions e
                     WHERE e.tenant_id = :tenant AND e.started_by = :principal AND e.session IS NOT NULL
                       AND EXISTS (SELECT FROM executions o WHERE o.tenant_id = e.tenant_id AND o.session = e.session
                                      AND o.started_by IS DISTINCT FROM :principal)
                     ORDER BY 1 LIMIT :most
                    """), whose)
                        .bind("most", SHOWN)
                        .mapTo(String.class)
                        .list());
        return shared.isEmpty() ? Map.of() : Map.of("sessions", shared);
    }

    @Override
    public List<String> unfinished(Whose whose, boolean running, int most) {
        String states = running ? "t.state = 'RUNNING'" : "t.state NOT IN " + ENDED;
        Optional<String> goes = TenantTables.of(EXECUTIONS).goes();
        return connections.asPlatform(handle -> bound(
                        handle.createQuery("SELECT id FROM executions t WHERE " + states + " AND "
                                + condition(whose, goes) + " ORDER BY number LIMIT :most"),
                        whose)
                .bind("most", most)
                .mapTo(String.class)
                .list());
    }

    @Override
    public Optional<String> anonymise(Whose whose) {
        int keys = connections.asPlatform(
                handle -> bound(handle.createUpdate("""
                    UPDATE api_keys SET name = 'erased', revoked_at = coalesce(revoked_at, clock_timestamp())
                     WHERE tenant_id = :tenant AND :principal IN (id, principal, user_id)
                    """), whose).execute());
        return keys > 0 ? Optional.of("api-keys made anonymous") : Optional.empty();
    }

    private static boolean whole(Whose whose) {
        return whose.principal().isEmpty();
    }

    private static String condition(Whose whose, Optional<String> ofPrincipal) {
        String tenant = "t.tenant_id = :tenant";
        return whole(whose) ? tenant : tenant + " AND (" + ofPrincipal.orElse("false") + ")";
    }

    private static <S extends SqlStatement<S>> S bound(S statement, Whose whose) {
        S bound = statement.bind("tenant", whose.tenant().value());
        whose.principal().ifPresent(principal -> bound.bind("principal", principal));
        return bound;
    }
}
