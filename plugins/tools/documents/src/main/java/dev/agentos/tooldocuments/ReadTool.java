package dev.agentos.tooldocuments;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.util.List;
import java.util.Optional;

/** Gives the text of a document that is passed along or lies in the tenant's workspace. */
@AgentOsExtension
public final class ReadTool implements Tool {

    private static final int LONGEST = 4_000_000;

    private static final ToolDescription DESCRIPTION = new ToolDescription(
            "documents.read",
            "Gives the plain text of a document: Markdown, text, HTML, CSV or JSON. Pass its content as text, or the"
                    + " path of a file in the workspace.",
            JsonObject.of(
                    "type",
                    "object",
                    "properties",
                    JsonObject.of(
                            "name",
                            property("The document's name; its ending tells the format."),
                            "text",
                            property("The document's content, instead of a path."),
                            "path",
                            property("The path of a file in the workspace, as in manuals/install.md."),
                            "mediaType",
                            property("The format, as in text/html, when the name does not tell it.")),
                    "required",
                    List.of("name"),
                    "additionalProperties",
                    false),
            Effect.PURE);

    /** The tool; made by the host. */
    public ReadTool() {}

    @Override
    public ToolDescription description() {
        return DESCRIPTION;
    }

    @Override
    public ToolResult call(JsonObject arguments, CallContext call) {
        String name = arguments.text("name").orElse("");
        Optional<String> text = arguments.text("text");
        Optional<String> path = arguments.text("path");
        if (text.isPresent() == path.isPresent()) {
            return ToolResult.failure("Give either the text of the document or the path of a file, and not both.");
        }
        Optional<String> content =
                text.isPresent() ? text : DocumentText.decoded(call.files().read(path.orElseThrow()));
        if (content.isEmpty()) {
            return ToolResult.failure("The file " + path.orElse("") + " is binary; only text formats can be read.");
        }
        if (content.get().length() > LONGEST) {
            return ToolResult.failure(
                    "The document " + name + " is longer than " + LONGEST + " characters; divide it into several.");
        }
        String plain = DocumentText.of(content.get(), arguments.text("mediaType"), path.orElse(name));
        return ToolResult.of(JsonObject.of("name", name, "text", plain, "characters", plain.length()));
    }

    private static JsonObject property(String description) {
        return JsonObject.of("type", "string", "description", description);
    }
}
