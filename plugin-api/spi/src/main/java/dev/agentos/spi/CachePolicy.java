package dev.agentos.spi;

import java.time.Duration;
import java.util.Optional;

/**
 * How long the result of a node without an effect is used again, on the server that has it.
 *
 * @param key a CEL expression over the channels; equal values mean equal results; without one, the whole state, or what
 *     the graph that the node contains begins with
 * @param ttl how long, more than zero
 */
public record CachePolicy(Optional<String> key, Duration ttl) {}
