package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Set;

/** Waits for an operation of the server and shows how far it is. */
final class OperationProgress {
    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled");

    private OperationProgress() {}

    /** Shows how far something is. */
    interface View {
        /** Shows nothing. */
        View NONE = (done, total, message) -> {};

        void progress(long done, long total, String message);

        /** Called when it has ended. */
        default void end() {}
    }

    /** Returns the operation's result, or fails as it failed. */
    static JsonObject await(ServerClient client, JsonObject operation, View view) {
        var id = operation.text("id").orElseThrow();
        client.follow("/operations/" + id + "/events", "", event -> TERMINAL.contains(event.type()), event -> {
            var data = event.data();
            if (event.is("progress")) {
                view.progress(
                        number(data, "done"),
                        number(data, "total"),
                        data.text("message").orElse(""));
            }
            return true;
        });
        view.end();
        var ended = client.get("/operations/" + id);
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

    private static int exitCode(String type) {
        return switch (type) {
            case "DENIED" -> CliException.DENIED;
            case "EXTERNAL", "RESOURCES" -> CliException.UNAVAILABLE;
            default -> CliException.FAILED;
        };
    }

    static long number(JsonObject object, String name) {
        return object.number(name)
                .map(JsonValue::toJava)
                .map(Number.class::cast)
                .map(Number::longValue)
                .orElse(0L);
    }
}
