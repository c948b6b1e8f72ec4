package dev.agentos.execution;

/** Is told what becomes of the executions that an engine carries on, and of those that its store ends without one. */
@FunctionalInterface
public interface ExecutionMeter {

    /** An execution has ended, and its end is durable. */
    void ended(ExecutionStore.Outcome outcome);
}
