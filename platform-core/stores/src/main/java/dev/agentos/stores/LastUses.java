package dev.agentos.stores;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Writes when credentials were used, many at once; of several servers' times the latest stays. */
public final class LastUses {

    private LastUses() {}

    /**
     * Writes them, and says how many rows there were.
     *
     * @param table the credentials'
     * @param column which holds the time
     * @param times by the id
     */
    public static int write(Handle handle, String table, String column, Map<String, Instant> times) {
        List<Map.Entry<String, Instant>> all = List.copyOf(times.entrySet());
        return handle.createUpdate("""
            UPDATE %1$s c SET %2$s = greatest(c.%2$s, u.at)
              FROM (SELECT unnest(CAST(:ids AS text[])) AS id, unnest(CAST(:times AS timestamptz[])) AS at) u
             WHERE c.id = u.id
            """.formatted(table, column))
                .bindArray(
                        "ids", String.class, all.stream().map(Map.Entry::getKey).toList())
                .bindArray(
                        "times",
                        String.class,
                        all.stream().map(one -> one.getValue().toString()).toList())
                .execute();
    }
}
