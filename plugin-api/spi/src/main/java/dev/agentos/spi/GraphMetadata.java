package dev.agentos.spi;

import java.util.Optional;

/**
 * What a graph is called.
 *
 * @param name lower-case letters, digits and hyphens
 * @param description what it does
 * @param version the author's own version; the server numbers stored versions itself
 */
public record GraphMetadata(String name, Optional<String> description, Optional<String> version) {}
