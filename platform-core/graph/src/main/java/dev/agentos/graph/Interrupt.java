package dev.agentos.graph;

import dev.agentos.spi.JsonValue;

/**
 * A question that an execution waits for.
 *
 * @param id unique in the execution; the resume names it
 * @param node who asks
 * @param payload what is asked, as a form's schema
 */
public record Interrupt(String id, String node, JsonValue payload) {}
