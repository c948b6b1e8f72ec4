package dev.agentos.graph;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Does the work of one node type. */
public interface NodeHandler {

    /** What running the node changes outside the server. */
    Effect effect(NodeDefinition node);

    /**
     * Whether a run may only begin when everything before it is durable, because it can be seen from outside or costs
     * money: whatever is not pure, unless said otherwise.
     */
    default boolean waits(NodeDefinition node) {
        return effect(node) != Effect.PURE;
    }

    /**
     * Whether a run takes microseconds, never blocks and emits nothing, so that it needs no thread of its own and no
     * time limit.
     */
    default boolean quick() {
        return false;
    }

    /** The channels to which a run may write by the node's settings, so that they must be there. */
    default Set<String> writes(NodeDefinition node) {
        return Set.of();
    }

    /** Whether a run writes to none but those: to {@link #writes}. */
    default boolean writesNothingElse() {
        return false;
    }

    /** JSON Schema of the settings, where that is what says which there are; else empty. */
    default JsonObject settings() {
        return JsonObject.EMPTY;
    }

    /**
     * What is wrong with a node's settings; asked when a graph is compiled.
     *
     * @return faults with pointers relative to the node, as in {@code /config/prompt}; empty when all is well
     */
    List<Fault> check(NodeDefinition node, Expressions expressions);

    /**
     * Runs one attempt of a node task, on a thread of its own that is interrupted at the deadline or when the execution
     * is cancelled.
     *
     * @throws Exception the attempt failed; a retriable {@link dev.agentos.spi.AgentOsException} may be repeated
     */
    Result run(NodeCall call) throws Exception;

    /**
     * What a task writes that uses what another one came to, where a graph has that kept; the same, unless something in
     * it is the other one's own, as the ids of its messages.
     */
    default Result.Writes reuse(NodeCall call, Result.Writes kept) {
        return kept;
    }

    /** What an attempt came to. */
    sealed interface Result {

        /** About how many bytes it takes at most. */
        long LARGEST = 16L << 20;

        /**
         * Refuses what is larger than a result may be.
         *
         * @param what as in {@code a result}
         * @throws AgentOsException {@code graph:RESULT_TOO_LARGE}
         */
        static void refuseLarge(String what, long bytes) {
            if (bytes > LARGEST) {
                throw new AgentOsException(
                        GraphErrorCode.RESULT_TOO_LARGE,
                        "It came to " + what + " of about " + bytes + " bytes, more than " + LARGEST + ".",
                        "Keep large results in files, and their names in the state.");
            }
        }

        /**
         * Finished.
         *
         * @param values what is written to channels
         * @param onward where the path goes on; empty when along the node's edges
         */
        record Writes(JsonObject values, Optional<Onward> onward) implements Result {

            /** Finished with writes to channels. */
            public Writes(JsonObject values) {
                this(values, Optional.empty());
            }
        }

        /** Cannot go on without an answer; runs again from its beginning when there is one. */
        record Interrupted(List<Interrupt> interrupts) implements Result {
            public Interrupted {
                interrupts = List.copyOf(interrupts);
            }
        }
    }
}
