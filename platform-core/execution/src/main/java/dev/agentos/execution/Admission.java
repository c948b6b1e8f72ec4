package dev.agentos.execution;

import dev.agentos.tenancy.TenantId;

/** Whether executions may begin and go on; refuses by throwing {@link dev.agentos.spi.AgentOsException}. */
public interface Admission {

    /** Refuses nothing. */
    Admission FREE = new Admission() {
        @Override
        public void start(TenantId tenant, ExecutionRequest request) {
            // Whatever it is.
        }

        @Override
        public void resume(Execution execution) {
            // Whatever it is.
        }
    };

    /** Asked before one is started, forked or tried again. */
    void start(TenantId tenant, ExecutionRequest request);

    /** What one has to fit into that is started, forked or tried again. */
    default AdmissionTerms terms(TenantId tenant, ExecutionRequest request) {
        return AdmissionTerms.FREE;
    }

    /** Whether an execution of that tenant may run without having been in the queue, where places are given out. */
    default boolean atOnce(TenantId tenant) {
        return true;
    }

    /** Asked before one that waits goes on. */
    void resume(Execution execution);
}
