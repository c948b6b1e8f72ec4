package dev.agentos.spi;

import java.time.Duration;
import java.util.Optional;

/**
 * Bounds of one execution of a graph; the server's own bounds hold beside them.
 *
 * @param maxSupersteps the longest execution, in supersteps; 1 to 100,000
 * @param timeout the longest execution, in time
 */
public record GraphLimits(Optional<Integer> maxSupersteps, Optional<Duration> timeout) {}
