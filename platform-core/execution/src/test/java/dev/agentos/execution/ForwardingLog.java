package dev.agentos.execution;

import java.util.List;

/** The log of a claim as another one keeps it: for what differs in some of it. */
abstract class ForwardingLog implements ExecutionStore.Log {

    final ExecutionStore.Log log;

    ForwardingLog(ExecutionStore.Log log) {
        this.log = log;
    }

    @Override
    public void append(List<ExecutionStore.Entry> entries) {
        log.append(entries);
    }

    @Override
    public void write(List<ExecutionStore.Entry> entries) {
        log.write(entries);
    }

    @Override
    public void settle() {
        log.settle();
    }

    @Override
    public int bytes() {
        return log.bytes();
    }

    @Override
    public boolean unopened() {
        return log.unopened();
    }

    @Override
    public void abandon() {
        log.abandon();
    }
}
