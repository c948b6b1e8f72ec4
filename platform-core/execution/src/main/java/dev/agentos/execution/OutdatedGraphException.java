package dev.agentos.execution;

/** The version that was taken for a graph's newest is not, or the graph is gone; nothing was begun. */
public final class OutdatedGraphException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Somebody has deployed or removed the graph meanwhile. */
    public OutdatedGraphException() {
        super("The graph has changed meanwhile");
    }
}
