package dev.agentos.guard;

/**
 * One method of the JDK with a check in it.
 *
 * @param name class and method
 * @param rule what is asked
 * @param refusal how a refusal is thrown
 */
record Sink(String name, Rule rule, Refusal refusal) {}
