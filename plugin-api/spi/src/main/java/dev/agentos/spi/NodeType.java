package dev.agentos.spi;

/** Extension point: a kind of node that graphs may use beside the built-in ones. */
public interface NodeType extends ExtensionPoint {

    /**
     * The name that graphs write, unique on the server: lower-case words with dots, as in {@code research.retrieve}.
     */
    String type();

    /** What the node does, which channels it reads and writes. */
    String description();

    /** JSON Schema 2020-12 of the node's {@code config}. */
    JsonObject configurationSchema();

    /** What running the node changes outside the server, models and tools aside. */
    Effect effect();

    /**
     * Runs one attempt of a node task.
     *
     * @return the writes to channels, applied when the superstep ends
     * @throws AgentOsException the attempt failed; its retriability decides about another
     */
    NodeOutput run(NodeInput input, CallContext call);
}
