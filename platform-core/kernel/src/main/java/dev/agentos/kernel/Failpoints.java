package dev.agentos.kernel;

/** Named places at which a test may delay, fail or end the server; in production nothing happens there. */
@FunctionalInterface
public interface Failpoints {

    /** Nothing happens anywhere. */
    Failpoints NONE = name -> {};

    /** The server has come to the place of that name, as in {@code beforeCheckpoint}. */
    void reach(String name);
}
