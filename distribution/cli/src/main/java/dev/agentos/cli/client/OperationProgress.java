package dev.agentos.cli.client;

import dev.agentos.spi.JsonObject;
import java.util.Set;

/** Waits for an operation of the server and shows how far it is. */
public final class OperationProgress {
    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled");

    private static final String WAITING = "WAITING";

    private OperationProgress() {}

    /** Shows how far something is. */
    public interface View {
        /** Shows nothing. */
        View NONE = (done, total, message) -> {};

        void progress(long done, long total, String message);

        /** Called when it has ended. */
        default void end() {}
    }

    /** Returns the operation's result, or fails as it failed. */
    public static JsonObject await(ServerClient client, JsonObject operation, View view) {
        var id = operation.text("id").orElseThrow();
        var after = "";
        JsonObject ended;
        do {
            after = client.follow(
                    "/operations/" + id + "/events",
                    after,
                    event -> TERMINAL.contains(event.type()),
                    event -> shown(event.data(), event.is("progress"), view));
            ended = client.get("/operations/" + id);
            // Somebody may have agreed meanwhile.
        } while (ended.text("state").filter("RUNNING"::equals).isPresent());
        view.end();
        if (ended.text("state").filter(WAITING::equals).isPresent()) {
            throw new CliException(
                    CliException.WAITING,
                    ended.object("progress").flatMap(now -> now.text("message")).orElse("It waits.")
                            + "\n"
                            + "It goes on by itself then. 'agentos approval list' shows what is asked; the operation"
                            + " is "
                            + id + ".");
        }
        if (!ended.text("state").map(String::toUpperCase).orElse("").equals("SUCCEEDED")) {
            var failure = ended.object("failure").orElse(JsonObject.EMPTY);
            throw new CliException(
                    exitCode(failure.text("type").orElse("")),
                    failure.text("message").or(() -> failure.text("detail")).orElse("The operation did not succeed.")
                            + ApiException.advice(failure.text("code").orElse(""))
                                    .or(() -> failure.text("action"))
                                    .map(action -> "\n" + action)
                                    .orElse("")
                            + failure.text("code")
                                    .map(code -> "\n(" + code + ")")
                                    .orElse(""));
        }
        return ended.object("result").orElse(JsonObject.EMPTY);
    }

    /** Whether to follow on. */
    private static boolean shown(JsonObject data, boolean progress, View view) {
        if (data.text("state").filter(WAITING::equals).isPresent()) {
            return false;
        }
        if (progress) {
            view.progress(
                    Answers.number(data, "done"),
                    Answers.number(data, "total"),
                    data.text("message").orElse(""));
        }
        return true;
    }

    private static int exitCode(String type) {
        return switch (type) {
            case "DENIED" -> CliException.DENIED;
            case "EXTERNAL", "RESOURCES" -> CliException.UNAVAILABLE;
            default -> CliException.FAILED;
        };
    }
}
