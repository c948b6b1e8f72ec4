package dev.agentos.retention;

/** What can be done with all that is kept of somebody. */
public record Retention(Exports exports, Erasures erasures, RetentionRules rules) {}
