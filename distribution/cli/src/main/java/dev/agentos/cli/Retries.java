package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Executions that are tried again, one after the other. */
record Retries(ServerClient client, Connection connection) {

    private static final Set<String> ENDED = Set.of("FAILED", "TIMED_OUT", "CANCELLED");

    /** Those that ended with that failure and that nobody has retried, the oldest first. */
    static List<JsonObject> open(ServerClient client, String failure) {
        return client.list("/executions?retried=false&failure=" + ServerClient.encode(failure)).stream()
                .filter(execution -> ENDED.contains(execution.text("state").orElse("")))
                .toList()
                .reversed();
    }

    static List<JsonObject> named(ServerClient client, List<String> ids) {
        return ids.stream().map(id -> client.get(path(id))).toList();
    }

    static List<String> ids(List<JsonObject> executions) {
        return executions.stream()
                .flatMap(execution -> execution.text("id").stream())
                .toList();
    }

    /** The execution that has begun where that one ended. */
    static JsonObject one(ServerClient client, String id) {
        return client.post(path(id) + "/retry", JsonObject.EMPTY);
    }

    /** Tries them all and prints what came of each, also when the server goes away in between; whether all began. */
    boolean all(List<String> ids) {
        var outcomes = new ArrayList<JsonObject>();
        var begun = 0;
        try {
            for (var id : ids) {
                try {
                    outcomes.add(JsonObject.of(
                            "id", id, "retry", one(client, id).text("id").orElse("")));
                    begun++;
                } catch (ApiException refused) {
                    outcomes.add(JsonObject.of("id", id, "failure", refused.code()));
                }
            }
        } finally {
            connection.print(outcomes, "id", "retry", "failure");
        }
        return begun == ids.size();
    }

    private static String path(String id) {
        return "/executions/" + ServerClient.encode(id);
    }
}
