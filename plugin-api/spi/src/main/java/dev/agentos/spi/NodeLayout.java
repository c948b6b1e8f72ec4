package dev.agentos.spi;

import java.util.Optional;

/**
 * How a node is drawn and written, so that an export reads as the import did.
 *
 * @param position where an editor shows it
 * @param label what an editor calls it
 * @param nested whether its settings stand under {@code data: {label, config}}
 */
public record NodeLayout(Optional<JsonObject> position, Optional<String> label, boolean nested) {

    /** Not drawn. */
    public static final NodeLayout NONE = new NodeLayout(Optional.empty(), Optional.empty(), false);
}
