package dev.agentos.execution.testkit;

import org.junit.jupiter.api.Nested;

/**
 * What every {@link dev.agentos.execution.ExecutionStore} keeps to. A subclass says where its stores come from; one
 * that passes can take the place of any other under the runtime.
 */
public abstract class CheckpointStoreContract implements Stores {

    /** How executions are admitted, handed out, listed and ended. */
    @Nested
    class Admission extends AdmissionContract {
        @Override
        protected Stores stores() {
            return CheckpointStoreContract.this;
        }
    }

    /** What is given of logs that are too large to be read at once. */
    @Nested
    class LargeLog extends LargeLogContract {
        @Override
        protected Stores stores() {
            return CheckpointStoreContract.this;
        }
    }

    /** What is appended to logs, by whom, and what is read from them. */
    @Nested
    class Log extends LogContract {
        @Override
        protected Stores stores() {
            return CheckpointStoreContract.this;
        }
    }

    /** How lost servers are counted. */
    @Nested
    class Loss extends LossContract {
        @Override
        protected Stores stores() {
            return CheckpointStoreContract.this;
        }
    }

    /** How executions are paused, forked, tried again and asked for twice. */
    @Nested
    class Steering extends SteeringContract {
        @Override
        protected Stores stores() {
            return CheckpointStoreContract.this;
        }
    }

    /** How executions begin and go on together with what is done at once. */
    @Nested
    class Opening extends OpeningContract {
        @Override
        protected Stores stores() {
            return CheckpointStoreContract.this;
        }
    }
}
