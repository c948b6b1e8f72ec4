package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Set;

/** Waits for an operation of the server and shows how far it is. */
final class OperationProgress {
    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled");

    private OperationProgress() {}

    /** Returns the operation's result, or fails as it failed. */
    static JsonObject await(ServerClient client, JsonObject operation, Terminal terminal, boolean shown) {
        var id = operation.text("id").orElseThrow();
        client.follow("/operations/" + id + "/events", "", event -> TERMINAL.contains(event.type()), event -> {
            var data = event.data();
            if (shown && event.is("progress")) {
                terminal.progress(
                        number(data, "done"),
                        number(data, "total"),
                        data.text("message").orElse(""));
            }
            return true;
        });
        if (shown) {
            terminal.endProgress();
        }
        var ended = client.get("/operations/" + id);
        if (!ended.text("state").map(String::toUpperCase).orElse("").equals("SUCCEEDED")) {
            var failure = ended.object("failure").orElse(JsonObject.EMPTY);
            throw new CliException(
                    CliException.FAILED,
                    failure.text("message").or(() -> failure.text("detail")).orElse("The operation did not succeed.")
                            + failure.text("action")
                                    .map(action -> "\n" + action)
                                    .orElse("")
                            + failure.text("code")
                                    .map(code -> "\n(" + code + ")")
                                    .orElse(""));
        }
        return ended.object("result").orElse(JsonObject.EMPTY);
    }

    static long number(JsonObject object, String name) {
        return object.number(name)
                .map(JsonValue::toJava)
                .map(Number.class::cast)
                .map(Number::longValue)
                .orElse(0L);
    }
}
