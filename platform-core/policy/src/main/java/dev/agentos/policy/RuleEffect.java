package dev.agentos.policy;

import java.util.Arrays;
import java.util.Optional;

/** What a rule comes to, the weakest first: of all rules that match, the strongest counts. */
public enum RuleEffect {
    /** It may be done, where nothing may be done without a rule that says so. */
    ALLOW,
    /** It may be done with what the rule names replaced; that is done besides any other effect that lets it pass. */
    REDACT,
    /** It may be done when a person has agreed. */
    REQUIRE_APPROVAL,
    /** It may not be done. */
    DENY;

    /** The effect of that word. */
    static Optional<RuleEffect> ofWord(String word) {
        return Arrays.stream(values())
                .filter(effect -> effect.name().equals(word))
                .findFirst();
    }
}
