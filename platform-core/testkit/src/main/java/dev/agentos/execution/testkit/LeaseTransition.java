package dev.agentos.execution.testkit;

import static dev.agentos.execution.testkit.LeaseTransition.State.HELD;
import static dev.agentos.execution.testkit.LeaseTransition.State.LAPSED;
import static dev.agentos.execution.testkit.LeaseTransition.State.NONE;

/** All the ways in which the lease of an execution changes. */
public enum LeaseTransition {
    GRANT(NONE, HELD, "claim, admit or resume to a claimant, with the next epoch"),
    RENEW(HELD, HELD, "renew"),
    LAPSE(HELD, LAPSED, "its time passes, or its owner is released"),
    RENEW_LATE(LAPSED, HELD, "renew before another has claimed"),
    TAKE_OVER(LAPSED, HELD, "claim with the next epoch"),
    GIVE_UP(HELD, NONE, "hand back, suspend, finish, park"),
    GIVE_UP_LATE(LAPSED, NONE, "the same before another has claimed");

    /** Where a lease stands. */
    public enum State {
        /** Nobody has the execution. */
        NONE,
        /** Its owner has it, and nobody else can. */
        HELD,
        /** Its owner has it until somebody else claims it. */
        LAPSED
    }

    private final State from;
    private final State to;
    private final String means;

    LeaseTransition(State from, State to, String means) {
        this.from = from;
        this.to = to;
        this.means = means;
    }

    /** The state after that one. */
    State after(State before) {
        if (from != before) {
            throw new IllegalStateException(this + " is not possible when " + before);
        }
        return to;
    }

    /** The table as a diagram. */
    public static String mermaid() {
        StringBuilder diagram = new StringBuilder("stateDiagram-v2\n    [*] --> NONE\n");
        for (LeaseTransition one : values()) {
            diagram.append("    %s --> %s: %s%n".formatted(one.from, one.to, one.means));
        }
        return diagram.toString();
    }
}
