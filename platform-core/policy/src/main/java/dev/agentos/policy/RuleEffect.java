package dev.agentos.policy;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a rule comes to, the weakest first: of all rules that match, the strongest counts. */
public enum RuleEffect {
    /** It may be done, where nothing may be done without a rule that says so. */
    ALLOW,
    /** It may be done so often; that is counted besides any other effect that lets it pass. */
    LIMIT,
    /** It may be done with what the rule names replaced; that is done besides any other effect that lets it pass. */
    REDACT,
    /** Another model is asked instead. */
    ROUTE,
    /** It may be done when a person has agreed. */
    REQUIRE_APPROVAL,
    /** It may not be done. */
    DENY;

    /** Whether it says nothing about whether something may be done at all. */
    boolean besides() {
        return this == LIMIT || this == REDACT;
    }

    /** The words of all effects. */
    static String words(Collection<RuleEffect> effects) {
        return effects.stream().map(RuleEffect::name).collect(Collectors.joining(", "));
    }

    /** The effect of that word. */
    static Optional<RuleEffect> ofWord(String word) {
        return Arrays.stream(values())
                .filter(effect -> effect.name().equals(word))
                .findFirst();
    }
}
