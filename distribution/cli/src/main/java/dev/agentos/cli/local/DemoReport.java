package dev.agentos.cli.local;

import dev.agentos.cli.client.OperationProgress;
import dev.agentos.cli.client.ServerEvent;
import dev.agentos.cli.client.Terminal;
import dev.agentos.cli.executions.ExecutionEvents;
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

    /** Where an operation's progress goes; a program is told of each quarter. */
    OperationProgress.View progress(String subject) {
        return json ? new JsonProgress(subject) : terminal.progress();
    }

    private final class JsonProgress implements OperationProgress.View {
        private final String subject;
        private String last = "";

        JsonProgress(String subject) {
            this.subject = subject;
        }

        @Override
        public void progress(long done, long total, String message) {
            var place = message + (total <= 0 ? 0 : done * 4 / total);
            if (!place.equals(last)) {
                last = place;
                terminal.line(Json.write(JsonObject.of(
                        "step", "progress", "of", subject, "done", done, "total", total, "message", message)));
            }
        }
    }

    /** Tells facts that a person reads in words of their own. */
    void fact(String name, JsonObject facts) {
        if (json) {
            terminal.line(Json.write(JsonObject.of("step", name).overlaidBy(facts)));
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
