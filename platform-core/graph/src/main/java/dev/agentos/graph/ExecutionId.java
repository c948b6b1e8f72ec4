package dev.agentos.graph;

/**
 * The id of an execution.
 *
 * @param value {@code exe_…}
 */
public record ExecutionId(String value) {

    @Override
    public String toString() {
        return value;
    }
}
