package dev.agentos.verifier;

import dev.agentos.spi.JsonObject;

/**
 * One thing that the verifier has to say about a JAR.
 *
 * @param ruleId the rule's stable name, as in {@code JAR002}
 * @param severity whether it keeps the JAR out
 * @param message what is wrong and where
 * @param action what the plugin's author can do
 */
public record Finding(String ruleId, Severity severity, String message, String action) {

    /** How much a finding weighs. */
    public enum Severity {
        /** The JAR is refused. */
        ERROR,
        /** Accepted; the author should mend it. */
        WARNING,
        /** Worth knowing. */
        NOTE
    }

    /** This finding as JSON. */
    public JsonObject toJson() {
        return JsonObject.of("ruleId", ruleId, "severity", severity.name(), "message", message, "action", action);
    }

    @Override
    public String toString() {
        return severity + " " + ruleId + " " + message + " " + action;
    }
}
