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

    /** Asked before one that waits goes on. */
    void resume(Execution execution);
}
