package dev.agentos.execution;

import dev.agentos.spi.AgentOsException;
import java.util.List;
import java.util.Optional;

/**
 * What an execution has to fit into to be admitted. The store looks at it in the transaction of the admission, so that
 * of all that come at the same time, on any server, no more are admitted than fit; one that was admitted before with
 * the same key is not counted again.
 *
 * @param counts where it is counted
 * @param places how many of its tenant may run or be queued at once
 * @param newest whether its graph's version has to be the newest; if it is not, {@link OutdatedGraphException}; a store
 *     that keeps no graphs takes it at its word
 * @param words what is said of it
 */
public record AdmissionTerms(List<Count> counts, Optional<Integer> places, boolean newest, Words words) {

    /** An execution fits as it is. */
    public static final AdmissionTerms FREE = new AdmissionTerms(List.of(), Optional.empty(), false, new Words() {
        @Override
        public void nearlyUsed(Count count, long used) {
            // There is nothing to be used up.
        }

        @Override
        public AgentOsException usedUp(Count count, long used) {
            throw new IllegalStateException("Nothing was counted");
        }

        @Override
        public AgentOsException full(int places) {
            throw new IllegalStateException("No places were counted");
        }
    });

    public AdmissionTerms {
        counts = List.copyOf(counts);
    }

    /** The same for an execution whose graph has to be the newest, or need not. */
    AdmissionTerms of(boolean newestGraph) {
        return new AdmissionTerms(counts, places, newestGraph, words);
    }

    /** Whether nothing has to be counted. */
    public boolean free() {
        return counts.isEmpty() && places.isEmpty();
    }

    /**
     * A number that executions of a tenant are counted in.
     *
     * @param name which one, within the tenant
     * @param bucket the period and the subject
     * @param most how many it takes
     * @param due how many there are when it is said that it is nearly used up
     */
    public record Count(String name, String bucket, long most, long due) {}

    /** Says in words what a store finds; must return soon. */
    public interface Words {

        /** The execution was admitted, and with it a number came to where a warning is due. */
        void nearlyUsed(Count count, long used);

        /** The refusal of an execution that a number does not take any more. */
        AgentOsException usedUp(Count count, long used);

        /** The refusal of an execution for which there is no place. */
        AgentOsException full(int places);
    }
}
