package dev.agentos.verifier;

/** An archive, or an entry of it, that contradicts itself; carries the rule that it breaks. */
final class MalformedArchiveException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String ruleId;
    private final String action;

    MalformedArchiveException(String ruleId, String message, String action) {
        super(message);
        this.ruleId = ruleId;
        this.action = action;
    }

    void addTo(Findings findings) {
        findings.error(ruleId, String.valueOf(getMessage()), action);
    }
}
