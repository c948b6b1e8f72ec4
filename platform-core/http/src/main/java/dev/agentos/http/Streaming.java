package dev.agentos.http;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Caller;
import dev.agentos.web.HandOver;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.EventStreams;
import dev.agentos.web.events.Follower;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Answers with the events of a log: as a stream, or as a page of it. */
final class Streaming {

    /** About; the last event of a page may be larger. */
    private static final long PAGE_BYTES = 4 << 20;

    private final EventStreams streams;
    private final Tenants tenants;

    Streaming(EventStreams streams, Tenants tenants) {
        this.tenants = tenants;
        this.streams = streams;
    }

    /** Takes a place for a stream of the tenant, if there is one; to be opened, or closed. */
    Optional<EventStreams.Place> place(ContainerRequestContext request) {
        return streams.take(Caller.of(request).actingFor().map(TenantId::value).orElse(""));
    }

    /** Leaves a request to a stream of its own. */
    Response open(ContainerRequestContext request, String topic, EventLog log, String resumeAfter) {
        Follower follower = Follower.of(request, topic, tenants);
        return open(request, follower, log, resumeAfter, streams.require(follower.tenant()));
    }

    /** The same with a place that was taken before. */
    Response open(
            ContainerRequestContext request, String topic, EventLog log, String resumeAfter, EventStreams.Place place) {
        return open(request, Follower.of(request, topic, tenants), log, resumeAfter, place);
    }

    private Response open(
            ContainerRequestContext request,
            Follower follower,
            EventLog log,
            String resumeAfter,
            EventStreams.Place place) {
        HandOver stream = new HandOver() {
            @Override
            public void answer(HttpServletRequest in, HttpServletResponse out) throws IOException {
                streams.open(in, out, follower, log, resumeAfter, place);
            }

            @Override
            public void unanswered() {
                place.close();
            }
        };
        return stream.from(request);
    }

    /** Waits, at most that long, for something to be so. */
    boolean await(String topic, Duration most, BooleanSupplier condition) {
        return streams.await(topic, most, condition);
    }

    /** Where a stream goes on: what the client saw last, or else what its address says. */
    static String resumeAfter(@Nullable String lastEventId, @Nullable String after) {
        return lastEventId == null ? Objects.requireNonNullElse(after, "") : lastEventId.strip();
    }

    /** A page of events; its {@code next} goes into {@code after}. */
    static JsonObject page(List<EventLog.Entry> entries, int most) {
        boolean more = entries.size() > most;
        return page(more ? entries.subList(0, most) : entries, more);
    }

    /** A page of what a log has after that number: at most so many events, and no more once they are large. */
    static JsonObject page(EventLog log, long after, int most) {
        List<EventLog.Entry> entries = new ArrayList<>();
        long room = PAGE_BYTES;
        long last = after;
        List<EventLog.Entry> next;
        do {
            next = log.after(last, room > 0 && entries.size() < most ? most - entries.size() : 1);
            if (!next.isEmpty() && (room <= 0 || entries.size() == most)) {
                return page(entries, true);
            }
            entries.addAll(next);
            for (EventLog.Entry entry : next) {
                room -= entry.shown() ? Json.size(entry.data()) : 0;
                last = entry.sequence();
            }
        } while (!next.isEmpty() && !next.getLast().last());
        return page(entries, false);
    }

    private static JsonObject page(List<EventLog.Entry> entries, boolean more) {
        return JsonObject.of(
                "items",
                entries.stream()
                        .filter(EventLog.Entry::shown)
                        .map(entry -> JsonObject.of("sequence", entry.sequence(), "type", entry.type())
                                .overlaidBy(entry.data()))
                        .toList(),
                "next",
                more ? String.valueOf(entries.getLast().sequence()) : JsonNull.NULL);
    }
}
