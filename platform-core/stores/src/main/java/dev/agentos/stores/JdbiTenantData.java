package dev.agentos.stores;

import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.Whose;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * What is kept of tenants, by {@link TenantTables}. It is read under the role that sees one tenant's rows alone, and
 * removed under the platform's.
 */
public final class JdbiTenantData implements TenantDataStore {

    /** Rows may be large, and so many are held in memory. */
    private static final int PAGE = 200;

    /** What a page holds at most, but for its last row. */
    private static final long PAGE_CHARACTERS = 4_000_000;

    /** Rows at a time, of which each may have some MB. */
    private static final int FETCHED = 5;

    private static final String MEMBERSHIPS = "memberships";
    private static final String LOGS = "execution-log";
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

    /**
     * Page by page, of so many rows or so many characters: whoever takes the rows waits for the database too, and not
     * while this holds a connection.
     */
    @Override
    public void read(Whose whose, String kind, Consumer<String> row) {
        TenantTable table = TenantTables.of(kind);
        Optional<String> after = Optional.empty();
        do {
            Optional<String> place = after;
            Part part = connections.inTenant(whose.tenant(), handle -> part(handle, whose, table, place));
            part.rows().forEach(one -> row.accept(one.text()));
            after = part.last()
                    ? Optional.empty()
                    : Optional.of(part.rows().getLast().place());
        } while (after.isPresent());
    }

    /**
     * One that is handed out.
     *
     * @param place what the rows are sorted by, as JSON
     */
    private record Row(String text, String place) {}

    private record Part(List<Row> rows, boolean last) {}

    private static Part part(Handle handle, Whose whose, TenantTable table, Optional<String> after) {
        // What names the tenant is a statement of its own, so that the next one can be fetched a few rows at a time.
        handle.createQuery("SELECT 1").mapTo(Integer.class).one();
        String behind = after.isEmpty()
                ? ""
                : " AND (" + table.order() + ") > (SELECT " + table.order()
                        + " FROM json_populate_record(CAST(NULL AS \"" + table.name() + "\"), CAST(:after AS json)))";
        Query query = bound(
                handle.createQuery("SELECT (SELECT row_to_json(x) FROM (SELECT " + String.join(", ", table.exported())
                        + ") x)::text AS text, (SELECT row_to_json(x) FROM (SELECT " + table.order()
                        + ") x)::text AS place FROM " + table.name() + " t WHERE "
                        + condition(whose, table.handedOut()) + behind + " ORDER BY " + table.order()
                        + " LIMIT :most"),
                whose);
        after.ifPresent(place -> query.bind("after", place));
        List<Row> rows = new ArrayList<>();
        long characters = 0;
        try (ResultIterator<Row> found = query.bind("most", PAGE)
                .setFetchSize(FETCHED)
                .map((row, context) -> new Row(row.getString("text"), row.getString("place")))
                .iterator()) {
            while (characters < PAGE_CHARACTERS && found.hasNext()) {
                Row row = found.next();
                rows.add(row);
                characters += row.text().length();
            }
            return new Part(rows, rows.size() < PAGE && !found.hasNext());
        }
    }

    @Override
    public Map<String, Long> count(Whose whose) {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (TenantTable table : TenantTables.ALL) {
            // No index tells which logs are a tenant's; they go with its executions, which are counted.
            if (table.removable(whole(whose)) && !table.kind().equals(LOGS)) {
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
    public Step remove(Whose whose, String kind, Optional<String> after, int most) {
        if (kind.equals(LOGS)) {
            return connections.asPlatform(handle -> removeLogs(handle, whose, after, most));
        }
        long removed = remove(whose, kind, most);
        return new Step(removed, removed == 0 ? Optional.empty() : Optional.of(""));
    }

    private long remove(Whose whose, String kind, int most) {
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

    /**
     * Logs that are left although their executions are gone. They are found by their key alone, so the step looks at
     * the next ones of whichever tenant.
     */
    private static Step removeLogs(Handle handle, Whose whose, Optional<String> after, int most) {
        record Log(long execution, boolean own) {}
        List<Log> looked = bound(
                        handle.createQuery("SELECT t.execution, t.tenant_id = :tenant AS own FROM execution_log t"
                                + " WHERE t.execution > :after ORDER BY t.execution LIMIT :most"),
                        whose)
                .bind("after", after.map(Long::parseLong).orElse(0L))
                .bind("most", most)
                .map((row, context) -> new Log(row.getLong("execution"), row.getBoolean("own")))
                .list();
        List<Long> own =
                looked.stream().filter(Log::own).map(Log::execution).distinct().toList();
        long removed = own.isEmpty()
                ? 0
                : handle.createUpdate("DELETE FROM execution_log WHERE execution = ANY (:numbers)")
                        .bindArray("numbers", Long.class, own)
                        .execute();
        return new Step(
                removed,
                looked.size() < most
                        ? Optional.empty()
                        : Optional.of(String.valueOf(looked.getLast().execution())));
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
    public Map<String, Long> shutOut(Whose whose) {
        return connections.asPlatform(handle -> {
            Map<String, Long> gone = new LinkedHashMap<>();
            int keys = bound(handle.createUpdate("""
                UPDATE api_keys SET name = 'erased', revoked_at = coalesce(revoked_at, clock_timestamp())
                 WHERE tenant_id = :tenant AND :principal IN (id, principal, user_id)
                """), whose).execute();
            if (keys > 0) {
                gone.put("api-keys made anonymous", 1L);
            }
            for (String table : List.of("logins", "invitations")) {
                long removed = bound(
                                handle.createUpdate(
                                        "DELETE FROM " + table + " WHERE tenant_id = :tenant AND user_id = :principal"),
                                whose)
                        .execute();
                if (removed > 0) {
                    gone.put(table, removed);
                }
            }
            // The row itself goes last, for it tells whose the rest is.
            bound(handle.createUpdate("""
                UPDATE memberships SET state = 'DISABLED' WHERE tenant_id = :tenant AND user_id = :principal
                """), whose).execute();
            return gone;
        });
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
