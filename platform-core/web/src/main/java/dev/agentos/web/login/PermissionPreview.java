package dev.agentos.web.login;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Rights;
import dev.agentos.web.resources.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Which operations of the API scopes open, by the API's own description. */
public final class PermissionPreview {

    private record Operation(Set<String> scopes, JsonObject view) {}

    private final Supplier<JsonObject> description;
    private List<Operation> operations = List.of();

    /** What the operations of that description of the API ask for; it is read when it is first needed. */
    public PermissionPreview(Supplier<JsonObject> description) {
        this.description = description;
    }

    /**
     * The scopes, the operations that whoever holds them may call, and to which agents and graphs those scopes are
     * confined that are.
     */
    public JsonObject of(Rights rights) {
        List<String> words = Views.words(rights.scopes());
        return JsonObject.of(
                "scopes",
                words,
                "agents",
                Views.agents(rights),
                "operations",
                operations().stream()
                        .filter(operation -> words.containsAll(operation.scopes()))
                        .map(Operation::view)
                        .toList());
    }

    private synchronized List<Operation> operations() {
        if (operations.isEmpty()) {
            operations = read(description.get());
        }
        return operations;
    }

    private static List<Operation> read(JsonObject description) {
        List<Operation> found = new ArrayList<>();
        for (Map.Entry<String, JsonValue> path :
                description.object("paths").orElse(JsonObject.EMPTY).members().entrySet()) {
            ((JsonObject) path.getValue()).members().forEach((method, value) -> {
                JsonObject operation = (JsonObject) value;
                found.add(new Operation(
                        operation.array("x-scopes").orElse(JsonArray.EMPTY).items().stream()
                                .map(word -> ((JsonString) word).value())
                                .collect(Collectors.toSet()),
                        JsonObject.of(
                                "operationId", operation.text("operationId").orElse(""),
                                "method", method.toUpperCase(Locale.ROOT),
                                "path", path.getKey())));
            });
        }
        return List.copyOf(found);
    }
}
