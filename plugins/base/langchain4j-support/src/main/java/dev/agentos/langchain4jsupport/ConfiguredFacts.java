package dev.agentos.langchain4jsupport;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PluginContext;
import java.util.Optional;

/** What an administrator has configured of a provider's models: {@code facts} in the plugin's configuration. */
final class ConfiguredFacts {

    private ConfiguredFacts() {}

    static Optional<DeclaredFacts> of(String provider, PluginContext context) {
        return context.configuration().object("facts").map(facts -> read(provider, facts));
    }

    private static DeclaredFacts read(String provider, JsonObject facts) {
        try {
            return new DeclaredFacts(
                    facts.text("region").orElse(""),
                    facts.text("country").orElse(""),
                    facts.text("retention").orElse(""));
        } catch (IllegalArgumentException e) {
            throw new AgentOsException(
                    ErrorCode.of(provider, "INVALID_CONFIGURATION", ErrorType.USER, false),
                    "The facts in the configuration cannot be used: " + e.getMessage(),
                    "Write them as in {\"region\": \"eu\", \"country\": \"FR\", \"retention\": \"none\"}.",
                    e);
        }
    }
}
