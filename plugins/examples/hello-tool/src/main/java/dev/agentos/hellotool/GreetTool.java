package dev.agentos.hellotool;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.util.List;

/** Greets by name. */
@AgentOsExtension
public final class GreetTool implements Tool {

    private static final ToolDescription DESCRIPTION = new ToolDescription(
            "hello.greet",
            "Greets a person by name.",
            JsonObject.of(
                    "type",
                    "object",
                    "properties",
                    JsonObject.of(
                            "name",
                            JsonObject.of(
                                    "type",
                                    "string",
                                    "minLength",
                                    1,
                                    "maxLength",
                                    100,
                                    "description",
                                    "Whom to greet.")),
                    "required",
                    List.of("name"),
                    "additionalProperties",
                    false),
            Effect.PURE);

    /** The tool; made by the host. */
    public GreetTool() {}

    @Override
    public ToolDescription description() {
        return DESCRIPTION;
    }

    @Override
    public ToolResult call(JsonObject arguments, CallContext call) {
        String name = arguments.text("name").orElse("").strip();
        return name.isEmpty()
                ? ToolResult.failure("The name is blank; say whom to greet.")
                : ToolResult.of(JsonObject.of("greeting", "Hello, " + name + "!"));
    }
}
