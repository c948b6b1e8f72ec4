package dev.agentos.spi;

/**
 * Extension point: a way to merge writes into a channel, beside the built-in reducers. It is a pure function: the same
 * two values come to the same result, whenever and wherever they are merged, and nothing else is looked at or changed.
 * Its results are stored, so that what was merged once is not merged again after a crash; what had not been stored is.
 */
public interface ChannelReducer extends ExtensionPoint {

    /**
     * The name that graphs write, unique on the server: lower-case words with dots, at least two, as in
     * {@code research.best}.
     */
    String reducer();

    /** What a write does to the value, in a sentence for authors of graphs. */
    String description();

    /** JSON Schema 2020-12 of the channel's value; each result is checked against it. A write need not fit it. */
    JsonObject valueSchema();

    /** What the first write is merged into when the channel has no {@code default}; fits the schema. */
    JsonValue start();

    /**
     * Whether the result does not depend on the order of the writes. Only then may several tasks of one superstep write
     * to the channel.
     */
    boolean orderIndependent();

    /**
     * Merges one write; quick, since its execution goes on only when it has returned: the server gives up after two
     * seconds, or what its administrator has set.
     *
     * @param current the channel's value before, or {@link #start()}
     * @param write what a node has written
     * @return the value after it
     * @throws AgentOsException the write makes no sense; the execution fails with that sentence
     */
    JsonValue reduce(JsonValue current, JsonValue write);
}
