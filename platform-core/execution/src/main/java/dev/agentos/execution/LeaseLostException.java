package dev.agentos.execution;

/** A write came from a server that no longer owns the execution; it changed nothing, and the server lets go. */
public final class LeaseLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The lease that is no longer valid. */
    public LeaseLostException(Lease lease) {
        super("Lease of " + lease.execution() + " by " + lease.owner() + " with epoch " + lease.epoch() + " is lost");
    }
}
