package dev.agentos.verifier;

/** What is left of the limits while a JAR and the JARs inside it are read. */
final class Budget {

    private final VerifierLimits limits;
    private int entries;
    private long bytes;

    Budget(VerifierLimits limits) {
        this.limits = limits;
        this.entries = limits.entries();
        this.bytes = limits.totalBytes();
    }

    VerifierLimits limits() {
        return limits;
    }

    boolean takeEntries(long count) {
        if (count > entries) {
            return false;
        }
        entries -= (int) count;
        return true;
    }

    boolean takeBytes(long count) {
        if (count > bytes) {
            return false;
        }
        bytes -= count;
        return true;
    }
}
