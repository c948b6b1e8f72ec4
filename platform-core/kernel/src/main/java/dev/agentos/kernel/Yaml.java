package dev.agentos.kernel;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonValue;
import java.io.IOException;

/** Reads the JSON subset of YAML 1.2 with the bounds of {@link Json}; anchors and aliases are refused. */
public final class Yaml {

    private static final YAMLFactory FACTORY =
            YAMLFactory.builder().streamReadConstraints(Json.BOUNDS).build();

    private Yaml() {}

    /**
     * Reads one YAML document; an empty one is JSON null.
     *
     * @throws AgentOsException {@code server:MALFORMED_YAML} saying where
     */
    public static JsonValue parse(String text) {
        try (JsonParser parser = new WithoutAliases(FACTORY.createParser(text))) {
            if (parser.nextToken() == null) {
                return JsonNull.NULL;
            }
            return Json.read(parser);
        } catch (IOException e) {
            String message = e.getMessage() == null
                    ? ""
                    : e.getMessage().lines().findFirst().orElse("");
            throw new AgentOsException(
                    KernelErrorCode.MALFORMED_YAML,
                    "The document is not YAML: " + message + ".",
                    "Correct the document there.",
                    e);
        }
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
