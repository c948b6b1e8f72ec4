package dev.agentos.spi;

import java.util.regex.Pattern;

/**
 * An agent whose graph is a file of the plugin's JAR, in the form that {@code POST /api/v1/graphs} takes and {@code GET
 * /api/v1/graphs/{id}/yaml} gives.
 *
 * @param name unique in its pack: lower-case letters, digits and hyphens
 * @param description what it answers
 * @param inputSchema JSON Schema 2020-12 of an execution's input, of type {@code object}
 * @param configuration defaults that a tenant and an execution may override, {@code model} among them
 * @param graph the file's path in the JAR, as in {@code agents/triage.yaml}, with or without a slash before it: YAML
 *     when it ends in {@code .yaml} or {@code .yml}, JSON when it ends in {@code .json}; at most 3 MiB
 */
public record AgentFile(
        String name, String description, JsonObject inputSchema, JsonObject configuration, String graph) {

    private static final Pattern PATH =
            Pattern.compile("/?([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*" + "\\.(json|yaml|yml)");

    public AgentFile {
        AgentDefinition.requireName(name);
        if (!PATH.matcher(graph).matches()) {
            throw new IllegalArgumentException(
                    "The graph of agent '" + name + "' is a file that ends in .yaml, .yml or .json, not: " + graph);
        }
        graph = graph.startsWith("/") ? graph.substring(1) : graph;
    }

    /** The agent, with the graph that was read from its file. */
    public AgentDefinition with(GraphDefinition read) {
        return new AgentDefinition(name, description, inputSchema, configuration, read);
    }
}
