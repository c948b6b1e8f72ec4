package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Counts requests that were refused because of who sent them. Anybody can send those, so that they must not fill the
 * disk: of the same kind there is a record at once and then one a minute with their number, and of too many kinds at
 * once there is one for all the others.
 */
public final class Refusals {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int MOST_KINDS = 100;
    private static final String OTHERS = "others";

    private final InstantSource clock;
    private final Map<Refusal, Window> windows = new HashMap<>();
    private final List<AuditEntry> due = new ArrayList<>();

    /**
     * A request that was refused. Those that are equal are counted together.
     *
     * @param action what was asked for, {@code refusedRequest} unless it is known better
     * @param actor the id of a principal; {@code nobody} when there is none
     * @param address where it came from, the network's of IPv6
     * @param status as in {@code 401}
     * @param code the error's; empty when it is not known
     */
    public record Refusal(String action, String actor, String address, int status, String code) {

        /** Of a request that nobody knows more about. */
        public static final String REQUEST = "refusedRequest";

        /** Whoever has not said who he is. */
        public static final String NOBODY = "nobody";

        Refusal others() {
            return new Refusal(action, OTHERS, OTHERS, status, code);
        }
    }

    /** Those of a kind in a minute of which there is no record yet. */
    private static final class Window {
        private Instant since;
        private long count;

        Window(Instant since) {
            this.since = since;
        }
    }

    Refusals(InstantSource clock) {
        this.clock = clock;
    }

    /** Counts one. */
    public synchronized void note(Refusal refusal) {
        Instant now = clock.instant();
        Refusal kind = windows.size() < MOST_KINDS || windows.containsKey(refusal) ? refusal : refusal.others();
        Window window = windows.get(kind);
        if (window == null) {
            windows.put(kind, new Window(now));
            due.add(entry(kind, 1, now, now));
        } else {
            window.count++;
        }
    }

    /** What is to be recorded now; all that is left when it is the last time. */
    synchronized List<AuditEntry> due(boolean last) {
        Instant now = clock.instant();
        for (Iterator<Map.Entry<Refusal, Window>> all = windows.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Refusal, Window> one = all.next();
            Window window = one.getValue();
            if (!last && now.isBefore(window.since.plus(MINUTE))) {
                continue;
            }
            if (window.count == 0) {
                all.remove();
            } else {
                due.add(entry(one.getKey(), window.count, window.since, now));
                window.since = now;
                window.count = 0;
            }
        }
        List<AuditEntry> entries = List.copyOf(due);
        due.clear();
        return entries;
    }

    private static AuditEntry entry(Refusal refusal, long count, Instant since, Instant now) {
        Map<String, JsonValue> details = new HashMap<>();
        details.put("status", JsonValue.of(String.valueOf(refusal.status())));
        details.put("address", JsonValue.of(refusal.address()));
        details.put("count", JsonValue.of(String.valueOf(count)));
        details.put("since", JsonValue.of(since.truncatedTo(ChronoUnit.MICROS).toString()));
        if (!refusal.code().isEmpty()) {
            details.put("code", JsonValue.of(refusal.code()));
        }
        return new AuditEntry(
                Optional.empty(),
                now.truncatedTo(ChronoUnit.MICROS),
                refusal.actor(),
                refusal.action(),
                JsonObject.of("address", refusal.address()),
                AuditEntry.Outcome.REFUSED,
                new JsonObject(details));
    }
}
