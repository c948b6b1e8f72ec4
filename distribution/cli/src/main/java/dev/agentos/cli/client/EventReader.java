package dev.agentos.cli.client;

import dev.agentos.kernel.Json;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Turns the lines of a {@code text/event-stream} into events, as the HTML standard's event stream format says. */
public final class EventReader implements Iterator<ServerEvent> {
    private final Iterator<String> lines;
    private String lastId;
    private @Nullable ServerEvent next;

    public EventReader(Iterator<String> lines, String lastId) {
        this.lines = lines;
        this.lastId = lastId;
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            next = read();
        }
        return next != null;
    }

    @Override
    public ServerEvent next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        var event = next;
        next = null;
        return event;
    }

    private @Nullable ServerEvent read() {
        var type = "message";
        var data = new StringBuilder();
        while (lines.hasNext()) {
            var line = lines.next();
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    return new ServerEvent(lastId, type, Json.parseObject(data.toString()));
                }
                type = "message";
            } else if (!line.startsWith(":")) {
                var colon = line.indexOf(':');
                var field = colon < 0 ? line : line.substring(0, colon);
                var value = colon < 0 ? "" : line.substring(colon + 1);
                value = value.startsWith(" ") ? value.substring(1) : value;
                switch (field) {
                    case "id" -> lastId = value;
                    case "event" -> type = value;
                    case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                    default -> {
                        // Other fields mean nothing to this client, as the standard asks.
                    }
                }
            }
        }
        return null;
    }
}
