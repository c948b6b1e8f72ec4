package dev.agentos.testkit;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolResult;
import dev.agentos.spi.Tools;
import java.util.Map;
import java.util.Optional;

/**
 * Tools of the extensions that a fake call offers. Of the input schema the required members, unknown members under
 * {@code additionalProperties: false} and the members' types are checked.
 */
record WiredTools(FakeCallContext call) implements Tools {

    @Override
    public ToolResult call(String name, JsonObject arguments) {
        call.check(PermissionKind.TOOL_INVOKE, name);
        Tool tool = call.offered(Tool.class).stream()
                .filter(candidate -> candidate.description().name().equals(name))
                .findFirst()
                .orElseThrow(() -> FakeCallContext.failure(
                        "tool", "UNKNOWN_TOOL", ErrorType.USER, "No extension offers the tool " + name + "."));
        check(name, tool.description().inputSchema(), arguments);
        return tool.call(arguments, call);
    }

    private static void check(String name, JsonObject schema, JsonObject arguments) {
        for (JsonValue required : schema.array("required").orElse(JsonArray.EMPTY)) {
            if (required instanceof JsonString(String member)
                    && !arguments.members().containsKey(member)) {
                throw invalid(name, "the member '" + member + "' is missing");
            }
        }
        JsonObject properties = schema.object("properties").orElse(JsonObject.EMPTY);
        boolean closed = schema.member("additionalProperties").equals(Optional.of(JsonBoolean.FALSE));
        for (Map.Entry<String, JsonValue> argument : arguments.members().entrySet()) {
            if (!properties.members().containsKey(argument.getKey())) {
                if (closed) {
                    throw invalid(name, "there is no member '" + argument.getKey() + "'");
                }
                continue;
            }
            String type = properties
                    .object(argument.getKey())
                    .orElse(JsonObject.EMPTY)
                    .text("type")
                    .orElse("any");
            if (!fits(argument.getValue(), type)) {
                throw invalid(name, "the member '" + argument.getKey() + "' must be of type " + type);
            }
        }
    }

    private static boolean fits(JsonValue value, String type) {
        return switch (type) {
            case "string" -> value instanceof JsonString;
            case "number" -> value instanceof JsonNumber;
            case "integer" ->
                value instanceof JsonNumber(var number)
                        && number.stripTrailingZeros().scale() <= 0;
            case "boolean" -> value instanceof JsonBoolean;
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            default -> true;
        };
    }

    private static AgentOsException invalid(String tool, String why) {
        return FakeCallContext.failure(
                "tool", "INVALID_ARGUMENTS", ErrorType.USER, "Arguments of " + tool + ": " + why + ".");
    }
}
