package dev.agentos.spi;

/** What a call changes outside the server; decides what may be repeated after a crash. */
public enum Effect {
    /** Changes nothing: may be repeated at will, and need not wait until what came before is durable. */
    PURE,
    /** Changes something, but the same idempotency key changes it once: may be repeated with the same key. */
    IDEMPOTENT,
    /** Changes something each time: never repeated without a person's word. */
    NON_IDEMPOTENT
}
