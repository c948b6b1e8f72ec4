package dev.agentos.cli.executions;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.ServerEvent;
import dev.agentos.cli.client.Terminal;
import dev.agentos.cli.client.Texts;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Set;

/** An execution's events in words. */
public final class ExecutionEvents {
    private static final Set<String> TERMINAL =
            Set.of("execution.succeeded", "execution.failed", "execution.cancelled", "execution.timed_out");
    private static final int SHOWN_TEXT = 160;

    private ExecutionEvents() {}

    public static boolean isTerminal(ServerEvent event) {
        return TERMINAL.contains(event.type());
    }

    public static boolean succeeded(JsonObject execution) {
        return execution.text("state").map(String::toUpperCase).orElse("").equals("SUCCEEDED");
    }

    /** Prints an event as one line, or moves the bar when it tells of progress. */
    public static void show(ServerEvent event, Terminal terminal) {
        var payload = event.payload();
        if (isProgress(event)) {
            var progress = payload.object("data").orElse(payload);
            terminal.progress(
                    Answers.number(progress, "done"),
                    Answers.number(progress, "total"),
                    progress.text("message").orElse(""));
            return;
        }
        terminal.endProgress();
        var line = String.format("  %5s  %-20s", event.id(), event.type())
                + (event.node().isEmpty() ? "" : String.format("%-10s", Texts.visible(event.node())));
        terminal.line(line.stripTrailing() + terminal.faint(detail(event)));
    }

    static boolean isProgress(ServerEvent event) {
        return event.is("custom") && event.payload().text("name").orElse("").equals("progress");
    }

    private static String detail(ServerEvent event) {
        var payload = event.payload();
        return switch (event.type()) {
            case "message" -> "  " + shorten(payload.text("text").orElse(""));
            case "custom" ->
                "  " + shorten(payload.text("name").orElse("")) + " "
                        + shorten(
                                payload.member("data").map(JsonValue::toString).orElse(""));
            case "checkpoint" -> "  everything up to step " + Answers.number(event.data(), "step") + " is kept";
            case "task.failed", "execution.failed" -> "  " + shorten(payload.toString());
            default -> "";
        };
    }

    private static String shorten(String text) {
        var line = Texts.visible(text.strip().replace('\n', ' '));
        return line.length() <= SHOWN_TEXT ? line : line.substring(0, SHOWN_TEXT) + " …";
    }
}
