package dev.agentos.kernel;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonValue;
import java.io.IOException;

/**
 * Reads and writes the JSON subset of YAML 1.2 with the bounds of {@link Json}. What would be wrong without a word is
 * refused: aliases, a name twice in a mapping, more than one document.
 */
public final class Yaml {

    private static final YAMLFactory FACTORY = YAMLFactory.builder()
            .streamReadConstraints(Json.BOUNDS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** What the parser takes. */
    private static final int LONGEST_DOCUMENT = 3 * 1024 * 1024;
    /** The parser copies what it has read of a line again and again: the time grows with the square of the length. */
    private static final int LONGEST_LINE = 64 * 1024;

    private Yaml() {}

    /**
     * Reads one YAML document; an empty one is JSON null.
     *
     * @throws AgentOsException {@code server:MALFORMED_YAML} saying where, or {@code server:DOCUMENT_TOO_LARGE}
     */
    public static JsonValue parse(String text) {
        refuseLarge(text);
        try (JsonParser parser = new WithoutAliases(FACTORY.createParser(text))) {
            if (parser.nextToken() == null) {
                return JsonNull.NULL;
            }
            JsonValue value = Json.read(parser);
            if (parser.nextToken() != null) {
                throw new AgentOsException(
                        KernelErrorCode.MALFORMED_YAML,
                        "There is a second document, at line "
                                + parser.currentLocation().getLineNr() + ".",
                        "Send one document only.");
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw tooLarge("The document is over a limit: " + e.getOriginalMessage() + ".");
        } catch (IOException e) {
            String message = e.getMessage() == null
                    ? ""
                    : e.getMessage().lines().findFirst().orElse("");
            throw new AgentOsException(
                    KernelErrorCode.MALFORMED_YAML,
                    "The document is not YAML: " + message + place(e, message) + ".",
                    "Correct the document there.",
                    e);
        }
    }

    /** Most of what the parser says goes on in further lines; where it is stands in one of them. */
    private static String place(IOException e, String message) {
        return e instanceof JsonProcessingException faulty && faulty.getLocation() != null && !message.contains("line")
                ? " at line " + faulty.getLocation().getLineNr() + ", column "
                        + faulty.getLocation().getColumnNr()
                : "";
    }

    private static void refuseLarge(String text) {
        if (text.length() > LONGEST_DOCUMENT) {
            throw tooLarge("The document has " + text.length() + " characters.");
        }
        int begin = 0;
        for (int line = 1; begin <= text.length(); line++) {
            int end = text.indexOf('\n', begin);
            end = end < 0 ? text.length() : end;
            if (end - begin > LONGEST_LINE) {
                throw tooLarge("Line " + line + " of the document has " + (end - begin) + " characters.");
            }
            begin = end + 1;
        }
    }

    private static AgentOsException tooLarge(String message) {
        return new AgentOsException(
                KernelErrorCode.DOCUMENT_TOO_LARGE,
                message,
                "Send at most 3 MiB, 65,536 characters a line and 100 levels as YAML, or send JSON.");
    }

    /** The document that {@link #parse} reads as that very value; ends with a line end. */
    public static String write(JsonValue value) {
        return YamlWriter.write(value);
    }

    /** Jackson reads an alias as a string; that would be wrong without a word, so it is refused. */
    private static final class WithoutAliases extends JsonParserDelegate {

        private final YAMLParser yaml;

        WithoutAliases(YAMLParser yaml) {
            super(yaml);
            this.yaml = yaml;
        }

        @Override
        public String getText() throws IOException {
            if (yaml.isCurrentAlias()) {
                throw new AgentOsException(
                        KernelErrorCode.MALFORMED_YAML,
                        "The document uses the alias *" + yaml.getText() + " at line "
                                + yaml.currentLocation().getLineNr() + ".",
                        "Write the value out; anchors and aliases are not supported.");
            }
            return yaml.getText();
        }
    }
}
