package dev.agentos.limits;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Whose calls a budget counts. */
public enum BudgetScope {
    /** Those of the whole tenant. */
    TENANT(spender -> Optional.of(spender.tenant().value())),
    /** Those that a principal began, or each for itself. */
    PRINCIPAL(Spender::principal),
    /** Those of an agent, or of each for itself. */
    AGENT(Spender::agent),
    /** Those of each execution for itself. */
    EXECUTION(Spender::execution);

    private final Function<Spender, Optional<String>> part;

    BudgetScope(Function<Spender, Optional<String>> part) {
        this.part = part;
    }

    /** The scope of that word. */
    public static Optional<BudgetScope> ofWord(String word) {
        return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }

    /** How the API writes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Who of this kind spends; empty when nobody does, and the budget does not count the call. */
    Optional<String> of(Spender spender) {
        return part.apply(spender);
    }
}
