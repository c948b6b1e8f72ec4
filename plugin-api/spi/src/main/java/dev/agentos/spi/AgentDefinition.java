package dev.agentos.spi;

/**
 * An agent: a named graph with its defaults.
 *
 * @param name unique in its pack: lower-case letters, digits and hyphens
 * @param description what it answers
 * @param inputSchema JSON Schema 2020-12 of an execution's input, of type {@code object}
 * @param configuration defaults that a tenant and an execution may override, {@code model} among them
 * @param graph what it does
 */
public record AgentDefinition(
        String name, String description, JsonObject inputSchema, JsonObject configuration, GraphDefinition graph) {
    public AgentDefinition {
        requireName(name);
    }

    static void requireName(String name) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw new IllegalArgumentException(
                    "An agent's name is lower-case letters, digits and hyphens, at most 63: " + name);
        }
    }
}
