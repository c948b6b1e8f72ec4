package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolDescription;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/**
 * What a tool says of itself. A model believes it, so that it can carry instructions; and it comes from the plugin's
 * code each time the plugin starts, so that the same bytes can say another thing tomorrow.
 */
public final class ToolTexts {

    private ToolTexts() {}

    /**
     * SHA-256, in hexadecimal digits, of all that a tool says of itself; the order of a schema's members is no part.
     */
    public static String digest(ToolDescription tool) {
        JsonValue said = sorted(JsonObject.of(
                "name", tool.name(),
                "description", tool.description(),
                "inputSchema", tool.inputSchema(),
                "effect", tool.effect().name()));
        return Digests.sha256(Json.write(said).getBytes(StandardCharsets.UTF_8));
    }

    private static JsonValue sorted(JsonValue value) {
        return switch (value) {
            case JsonObject object -> {
                TreeMap<String, JsonValue> members = new TreeMap<>();
                object.members().forEach((name, member) -> members.put(name, sorted(member)));
                yield new JsonObject(members);
            }
            case JsonArray array ->
                new JsonArray(array.items().stream().map(ToolTexts::sorted).toList());
            default -> value;
        };
    }
}
