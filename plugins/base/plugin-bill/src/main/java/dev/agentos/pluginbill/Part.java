package dev.agentos.pluginbill;

import java.util.List;
import java.util.Optional;

/**
 * Something that a plugin is made of.
 *
 * @param id what it is
 * @param sha256 of its file, in lower-case hexadecimal digits; empty when it is not in the plugin as a file
 * @param place of its file inside of the plugin; empty when it is not there as a file
 * @param parts what it says that is in it in its turn
 */
record Part(PartId id, Optional<String> sha256, Optional<String> place, List<Part> parts) {

    Part {
        parts = List.copyOf(parts);
    }

    /** A part of which nothing is known but what it is. */
    static Part of(PartId id) {
        return new Part(id, Optional.empty(), Optional.empty(), List.of());
    }
}
