package dev.agentos.execution.internal;

/** Why an execution is to stop, the more urgent the later. */
public enum Stop {
    /** It is not. */
    NONE,
    /** It was asked to wait: at the next superstep boundary. */
    PAUSE,
    /** The server drains: hand back at the next superstep boundary. */
    DRAIN,
    /** The grace of a drain is over: hand back now. */
    HAND_BACK,
    /** It was cancelled. */
    CANCEL,
    /** A kill switch was engaged. */
    SWITCHED_OFF,
    /** Another server has it: let go and write nothing. */
    LET_GO
}
