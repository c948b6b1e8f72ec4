package dev.agentos.cli.client;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What others wrote, as a terminal may show it. */
public final class Texts {
    private static final String TAB = "    ";

    private Texts() {}

    /** JSON over several lines. */
    public static String pretty(JsonValue value, String indent) {
        var inner = indent + "  ";
        return switch (value) {
            case JsonObject object
            when !object.members().isEmpty() ->
                object.members().entrySet().stream()
                        .map(member ->
                                inner + visible(JsonValue.of(member.getKey()).toString()) + ": "
                                        + pretty(member.getValue(), inner))
                        .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
            case JsonArray array
            when array.size() > 0 ->
                array.items().stream()
                        .map(item -> inner + pretty(item, inner))
                        .collect(Collectors.joining(",\n", "[\n", "\n" + indent + "]"));
            default -> visible(Json.write(value));
        };
    }

    /**
     * The text with what would move the cursor, hide or turn round other text written as in JSON. A model may have
     * written what is shown here, and a person decides by what is seen.
     */
    public static String visible(String text) {
        return text.codePoints()
                .mapToObj(point -> switch (Character.getType(point)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED -> escaped(point);
                    default -> Character.toString(point);
                })
                .collect(Collectors.joining());
    }

    /**
     * The same of each line, with spaces for tabs; lines behind the first begin with the indent, so that they are not
     * taken for others.
     */
    public static String lines(String text, String indent) {
        return Stream.of(text.replace("\t", TAB).split("\r?\n", -1))
                .map(Texts::visible)
                .collect(Collectors.joining("\n" + indent));
    }

    private static String escaped(int point) {
        return Character.toString(point)
                .chars()
                .mapToObj(unit -> String.format("\\u%04x", unit))
                .collect(Collectors.joining());
    }
}
