package dev.agentos.redaction;

/**
 * What stands in the place of what was found, the mildest first: where two rules find the same, the strictest counts.
 */
public enum RedactionMode {
    /** A token, by which those who may can find the value again: {@code [email:tok_…]}. */
    TOKENISE,
    /** A keyed hash, the same for the same value of a tenant: {@code [email:…]}. */
    HASH,
    /** What it was: {@code [email]}. */
    MASK,
    /** Nothing. */
    DROP
}
