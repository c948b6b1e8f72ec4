package dev.agentos.persistence.internal;

import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.AdmissionTerms.Count;
import dev.agentos.persistence.internal.AdmissionWriter.Admission;
import dev.agentos.persistence.internal.AdmissionWriter.Admitted;
import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Admits as many executions of a batch as their {@link AdmissionTerms} have room for, in one transaction. It first
 * locks what they are counted in, in the order of the keys, as every admission on every server does, so that the
 * numbers stay as they are until the end of the transaction. What was admitted before with the same key is found by the
 * insertion, and takes no room.
 */
final class AdmissionCounter {

    private static final String LOCK = """
        INSERT INTO quota_windows AS w (tenant_id, quota, bucket, began_on)
        SELECT c.tenant, c.quota, c.bucket, c.began
          FROM unnest(?::text[], ?::text[], ?::text[], ?::date[]) AS c (tenant, quota, bucket, began)
          JOIN tenants t ON t.id = c.tenant
         ORDER BY c.tenant, c.quota, c.bucket
        ON CONFLICT (tenant_id, quota, bucket) DO UPDATE SET began_on = w.began_on
        RETURNING tenant_id, quota, bucket, used, warned
        """;

    private static final String BOOK = """
        UPDATE quota_windows w SET used = c.used, warned = c.warned
          FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::boolean[])
               AS c (tenant, quota, bucket, used, warned)
         WHERE w.tenant_id = c.tenant AND w.quota = c.quota AND w.bucket = c.bucket
        """;

    /** Claims take executions from the queue meanwhile, and leave the sum as it is. */
    private static final String QUEUE = "SELECT pg_advisory_xact_lock(hashtextextended('queue ' || ?, 0))";

    /** State by state, each of which has an index; those in the lines of sessions are queued like others. */
    private static final String OPEN = Stream.of("QUEUED", "RUNNING", "HELD")
            .map(state -> "(SELECT 1 FROM executions WHERE tenant_id = ? AND state = '" + state + "' LIMIT ?)")
            .collect(Collectors.joining(" UNION ALL ", "SELECT count(*) FROM (", ") AS open"));

    private static final int OPEN_STATES = 3;

    private record Key(String tenant, String quota, String bucket) implements Comparable<Key> {

        static Key of(Admission one, Count count) {
            return new Key(one.execution().tenant().value(), count.name(), count.bucket());
        }

        @Override
        public int compareTo(Key other) {
            int order = tenant.compareTo(other.tenant);
            order = order == 0 ? quota.compareTo(other.quota) : order;
            return order == 0 ? bucket.compareTo(other.bucket) : order;
        }
    }

    private static final class Window {
        private long used;
        private boolean warned;
        private boolean changed;
    }

    private final Connection connection;
    private final Map<Key, Window> windows = new TreeMap<>();
    private final Map<String, Long> places = new TreeMap<>();

    private AdmissionCounter(Connection connection) {
        this.connection = connection;
    }

    /** Inserts those that fit; in a transaction of the caller if anything has to be counted. */
    static Map<String, Admitted> insert(Connection connection, List<Admission> batch) throws SQLException {
        return free(batch) ? AdmissionInsert.run(connection, batch) : new AdmissionCounter(connection).admit(batch);
    }

    /** The same in a transaction of its own. */
    static Map<String, Admitted> commit(Connection connection, List<Admission> batch) throws SQLException {
        if (free(batch)) {
            return AdmissionInsert.run(connection, batch);
        }
        connection.setAutoCommit(false);
        try {
            Map<String, Admitted> stored = new AdmissionCounter(connection).admit(batch);
            connection.commit();
            return stored;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static boolean free(List<Admission> batch) {
        return batch.stream().allMatch(one -> one.candidate().terms().free());
    }

    private Map<String, Admitted> admit(List<Admission> batch) throws SQLException {
        batch.forEach(Admission::untold);
        lock(batch);
        Map<String, Admitted> stored = new HashMap<>();
        List<Admission> left = batch;
        while (!left.isEmpty()) {
            List<Admission> fit = new ArrayList<>();
            List<Admission> refused = new ArrayList<>();
            for (Admission one : left) {
                (take(one) ? fit : refused).add(one);
            }
            Map<String, Admitted> now = fit.isEmpty() ? Map.of() : AdmissionInsert.run(connection, fit);
            stored.putAll(now);
            fit.stream()
                    .filter(one -> !now.containsKey(one.execution().id().value()))
                    .forEach(this::giveBack);
            // What was admitted before has left its room to others.
            left = now.size() < fit.size() ? refused : List.of();
        }
        for (Admission one : batch) {
            if (stored.containsKey(one.execution().id().value())) {
                warn(one);
            }
        }
        book();
        return stored;
    }

    private void lock(List<Admission> batch) throws SQLException {
        Map<Key, LocalDate> keys = new TreeMap<>();
        for (Admission one : batch) {
            for (Count count : one.candidate().terms().counts()) {
                keys.put(Key.of(one, count), began(count));
            }
            if (one.candidate().terms().places().isPresent()) {
                places.put(one.execution().tenant().value(), 0L);
            }
        }
        if (!keys.isEmpty()) {
            lockWindows(keys);
        }
        for (String tenant : List.copyOf(places.keySet())) {
            try (PreparedStatement statement = connection.prepareStatement(QUEUE)) {
                statement.setString(1, tenant);
                statement.execute();
            }
        }
        for (Admission one : batch) {
            Optional<Integer> most = one.candidate().terms().places();
            if (most.isPresent()) {
                places.merge(one.execution().tenant().value(), open(one, most.get()), Math::max);
            }
        }
    }

    /** Buckets begin with a day or a month. */
    private static LocalDate began(Count count) {
        String period = count.bucket().split(" ", 2)[0];
        return LocalDate.parse(period.length() == 7 ? period + "-01" : period);
    }

    private void lockWindows(Map<Key, LocalDate> keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            setKeys(statement, List.copyOf(keys.keySet()));
            statement.setArray(4, connection.createArrayOf("date", keys.values().toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Window window = new Window();
                    window.used = row.getLong("used");
                    window.warned = row.getBoolean("warned");
                    windows.put(
                            new Key(row.getString("tenant_id"), row.getString("quota"), row.getString("bucket")),
                            window);
                }
            }
        }
    }

    private void setKeys(PreparedStatement statement, List<Key> keys) throws SQLException {
        statement.setArray(
                1,
                connection.createArrayOf("text", keys.stream().map(Key::tenant).toArray()));
        statement.setArray(
                2,
                connection.createArrayOf("text", keys.stream().map(Key::quota).toArray()));
        statement.setArray(
                3,
                connection.createArrayOf("text", keys.stream().map(Key::bucket).toArray()));
    }

    private long open(Admission one, int most) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OPEN)) {
            for (int i = 0; i < OPEN_STATES; i++) {
                statement.setString(2 * i + 1, one.execution().tenant().value());
                statement.setInt(2 * i + 2, most);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private Window window(Admission one, Count count) {
        // Of a tenant that is gone there is none, and its execution is not inserted either.
        return windows.computeIfAbsent(Key.of(one, count), key -> new Window());
    }

    /** Takes room for one, or leaves it all and says why. */
    private boolean take(Admission one) {
        AdmissionTerms terms = one.candidate().terms();
        Optional<Supplier<AgentOsException>> refusal = refusal(one, terms);
        one.refuse(refusal);
        if (refusal.isEmpty()) {
            room(one, 1);
        }
        return refusal.isEmpty();
    }

    private Optional<Supplier<AgentOsException>> refusal(Admission one, AdmissionTerms terms) {
        for (Count count : terms.counts()) {
            long used = window(one, count).used;
            if (used >= count.most()) {
                return Optional.of(() -> terms.words().usedUp(count, used));
            }
        }
        String tenant = one.execution().tenant().value();
        return terms.places()
                .filter(most -> places.getOrDefault(tenant, 0L) >= most)
                .map(most -> () -> terms.words().full(most));
    }

    private void giveBack(Admission one) {
        room(one, -1);
    }

    private void room(Admission one, int by) {
        for (Count count : one.candidate().terms().counts()) {
            Window window = window(one, count);
            window.used += by;
            window.changed = true;
        }
        if (one.candidate().terms().places().isPresent()) {
            places.merge(one.execution().tenant().value(), (long) by, Long::sum);
        }
    }

    private void warn(Admission one) {
        AdmissionTerms terms = one.candidate().terms();
        for (Count count : terms.counts()) {
            Window window = window(one, count);
            if (!window.warned && window.used >= count.due()) {
                window.warned = true;
                long used = window.used;
                one.tell(() -> terms.words().nearlyUsed(count, used));
            }
        }
    }

    private void book() throws SQLException {
        List<Key> keys = new ArrayList<>();
        List<Long> used = new ArrayList<>();
        List<Boolean> warned = new ArrayList<>();
        windows.forEach((key, window) -> {
            if (window.changed) {
                keys.add(key);
                used.add(window.used);
                warned.add(window.warned);
            }
        });
        if (keys.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(BOOK)) {
            setKeys(statement, keys);
            statement.setArray(4, connection.createArrayOf("bigint", used.toArray()));
            statement.setArray(5, connection.createArrayOf("boolean", warned.toArray()));
            statement.executeUpdate();
        }
    }
}
