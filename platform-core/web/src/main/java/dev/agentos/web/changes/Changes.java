package dev.agentos.web.changes;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.EventStreams;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Which collections of a tenant have changed while somebody follows. It says no more than the name, so that whoever
 * wants to know asks for the list with his own rights; what changes often is told at most once a second. Nothing is
 * kept for those who do not follow: a stream begins with the word that anything may have changed.
 */
public final class Changes {

    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long WAKE_NANOS = Duration.ofMillis(50).toNanos();

    private final EventStreams streams;
    private final AtomicLong last = new AtomicLong(1);
    private final Map<String, Followed> followed = new ConcurrentHashMap<>();
    private volatile BiConsumer<Optional<TenantId>, String> others = (tenant, collection) -> {};

    /** Nobody follows yet. */
    public Changes(EventStreams streams) {
        this.streams = streams;
    }

    /** Whom to tell of what was changed here, for those who follow on other servers; must not block. */
    public void onTell(BiConsumer<Optional<TenantId>, String> listener) {
        others = listener;
    }

    /**
     * Something of a collection was changed on this server.
     *
     * @param tenant whose it is; empty for what all tenants see, or none
     */
    public void tell(Optional<TenantId> tenant, String collection) {
        hear(tenant, collection);
        others.accept(tenant, collection);
    }

    /** The same, where other servers know it without being told. */
    public void hear(Optional<TenantId> tenant, String collection) {
        if (followed.isEmpty()) {
            // Executions come here with each step.
            return;
        }
        if (tenant.isPresent()) {
            note(topic(tenant), collection);
        } else {
            followed.keySet().forEach(topic -> note(topic, collection));
        }
    }

    private void note(String topic, String collection) {
        // Who follows is among the waiting before he looks here for the first time.
        Followed kept = followed.computeIfPresent(topic, (name, one) -> streams.followed(name) ? one : null);
        if (kept != null && kept.changed(collection, last)) {
            streams.wake(topic);
        }
    }

    /** What a stream is called that follows a tenant, or the platform. */
    public static String topic(Optional<TenantId> tenant) {
        return "changes of " + tenant.map(TenantId::value).orElse("the platform");
    }

    /**
     * What happens from now on: {@code opened} with all names, then {@code changed} with those that have changed.
     *
     * @param collections of which to tell
     */
    public EventLog follow(Optional<TenantId> tenant, Set<String> collections) {
        return EventLog.rising(new Log(topic(tenant), new TreeSet<>(collections)));
    }

    /** When something of a tenant's collections was changed last, as numbers that rise. */
    private static final class Followed {

        private final Map<String, Long> numbers = new HashMap<>();
        private long woken = System.nanoTime() - WAKE_NANOS;

        /** Whether it is time to wake those who follow; what comes soon after is found when they look next. */
        synchronized boolean changed(String collection, AtomicLong last) {
            numbers.put(collection, last.incrementAndGet());
            long now = System.nanoTime();
            if (now - woken < WAKE_NANOS) {
                return false;
            }
            woken = now;
            return true;
        }

        synchronized Map<String, Long> after(long sequence) {
            Map<String, Long> later = new HashMap<>(numbers);
            later.values().removeIf(number -> number <= sequence);
            return later;
        }
    }

    /** One stream's view; it is read by one thread at a time. */
    private final class Log implements EventLog {

        private final String topic;
        private final TreeSet<String> collections;
        private volatile long told = System.nanoTime() - PAUSE_NANOS;

        Log(String topic, TreeSet<String> collections) {
            this.topic = topic;
            this.collections = collections;
        }

        @Override
        public List<Entry> after(long sequence, int most) {
            Followed changes = followed.computeIfAbsent(topic, any -> new Followed());
            if (sequence == 0) {
                return List.of(entry(last.get(), "opened", collections));
            }
            long now = System.nanoTime();
            if (now - told < PAUSE_NANOS) {
                return List.of();
            }
            Map<String, Long> later = changes.after(sequence);
            Set<String> names = new TreeSet<>(later.keySet());
            names.retainAll(collections);
            if (names.isEmpty()) {
                return List.of();
            }
            told = now;
            long number =
                    later.values().stream().mapToLong(Long::longValue).max().orElse(sequence);
            return List.of(entry(number, "changed", names));
        }

        private static Entry entry(long number, String type, Set<String> names) {
            return new Entry(number, type, JsonObject.of("collections", List.copyOf(names)), false);
        }
    }
}
