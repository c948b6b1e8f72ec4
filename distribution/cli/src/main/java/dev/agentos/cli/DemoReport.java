package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;

/** What the demonstration tells: words for a person, or one JSON object a line for a program. */
final class DemoReport {
    private final Terminal terminal;
    private final boolean json;

    DemoReport(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    Terminal terminal() {
        return terminal;
    }

    boolean forPeople() {
        return !json;
    }

    void heading(String text) {
        if (!json) {
            terminal.heading(text);
        }
    }

    void say(String text) {
        if (!json) {
            terminal.line("  " + text);
        }
    }

    /** Tells that a step is done, with what a program may want to know of it. */
    void step(String name, JsonObject facts, String sentence) {
        if (json) {
            terminal.line(Json.write(JsonObject.of("step", name).overlaidBy(facts)));
        } else {
            terminal.line("  " + terminal.good("✓") + " " + sentence);
        }
    }

    void event(ServerEvent event) {
        if (json) {
            terminal.line(Json.write(
                    JsonObject.of("step", "event", "id", event.id(), "type", event.type(), "event", event.data())));
        } else {
            ExecutionEvents.show(event, terminal);
        }
    }
}
