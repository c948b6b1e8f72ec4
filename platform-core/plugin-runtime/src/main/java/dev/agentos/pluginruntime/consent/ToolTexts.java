package dev.agentos.pluginruntime.consent;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolDescription;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a tool says of itself. A model believes it, so that it can carry instructions; and it comes from the plugin's
 * code each time the plugin starts, so that the same bytes can say another thing tomorrow.
 */
public final class ToolTexts {

    /** So much is kept of what the tools of one release say, in characters: the row is read whole each time. */
    private static final int MOST = 1 << 18;

    private ToolTexts() {}

    /**
     * What was agreed to that a tool says.
     *
     * @param sha256 its digest
     * @param text the very words that have this digest, as JSON; empty when they were too long to be kept, or were not
     *     heard yet
     */
    public record Agreed(String sha256, Optional<String> text) {

        /** The description, the schema of the arguments and the effect; empty when the words are not kept. */
        public Optional<JsonObject> said() {
            return text.filter(words -> hash(words).equals(sha256)).flatMap(Agreed::read);
        }

        /**
         * Whether these are the tool's words today. Numbers may have been written in another way when they were kept,
         * as {@code 1E+6}; that is no other thing to say.
         */
        public boolean agrees(ToolDescription tool) {
            String today = words(tool);
            return hash(today).equals(sha256)
                    || said().map(words -> Json.write(words).equals(today)).orElse(false);
        }

        private static Optional<JsonObject> read(String words) {
            try {
                return Optional.of(Json.parseObject(words));
            } catch (AgentOsException e) {
                // A schema can be deeper than what is read here; it is as if it had not been kept.
                return Optional.empty();
            }
        }
    }

    /**
     * What is agreed to by letting these tools in.
     *
     * @param tools what each says now
     */
    public static Map<String, Agreed> heard(List<ToolDescription> tools) {
        Map<String, Agreed> digests = new HashMap<>();
        tools.forEach(tool -> digests.put(tool.name(), new Agreed(digest(tool), Optional.empty())));
        return worded(digests, tools);
    }

    /** The same agreements with the words that are missing, of tools that say just that now. */
    public static Map<String, Agreed> worded(Map<String, Agreed> agreed, List<ToolDescription> tools) {
        Map<String, Agreed> worded = new HashMap<>(agreed);
        int kept = agreed.values().stream()
                .flatMap(one -> one.text().stream())
                .mapToInt(String::length)
                .sum();
        for (ToolDescription tool : tools.stream()
                .sorted(Comparator.comparing(ToolDescription::name))
                .toList()) {
            Agreed known = worded.get(tool.name());
            if (known == null || known.text().isPresent()) {
                continue;
            }
            String words = words(tool);
            if (hash(words).equals(known.sha256()) && kept + words.length() <= MOST) {
                kept += words.length();
                worded.put(tool.name(), new Agreed(known.sha256(), Optional.of(words)));
            }
        }
        return worded;
    }

    /** The agreements with these instead of those of the same tools. */
    public static Map<String, Agreed> agreed(Map<String, Agreed> before, Map<String, String> digests) {
        Map<String, Agreed> all = new HashMap<>(before);
        digests.forEach((tool, sha256) -> all.merge(
                tool,
                new Agreed(sha256, Optional.empty()),
                (old, anew) -> old.sha256().equals(sha256) ? old : anew));
        return all;
    }

    /**
     * SHA-256, in hexadecimal digits, of all that a tool says of itself; the order of a schema's members is no part.
     */
    public static String digest(ToolDescription tool) {
        return hash(words(tool));
    }

    private static String words(ToolDescription tool) {
        return Json.write(sorted(JsonObject.of(
                "name", tool.name(),
                "description", tool.description(),
                "inputSchema", tool.inputSchema(),
                "effect", tool.effect().name())));
    }

    private static String hash(String words) {
        return Digests.sha256(words.getBytes(StandardCharsets.UTF_8));
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
