package dev.agentos.spi;

/**
 * What a node task produced.
 *
 * @param writes a value for each channel that the node writes; each is merged by the channel's reducer
 */
public record NodeOutput(JsonObject writes) {

    /** Writes nothing. */
    public static final NodeOutput NOTHING = new NodeOutput(JsonObject.EMPTY);
}
