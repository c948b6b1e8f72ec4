package dev.agentos.spi;

import java.util.Objects;

/**
 * A chat model that a provider offers.
 *
 * @param id the name within the provider, as in {@code extractive}
 * @param description what it is and is not
 * @param contextTokens how many tokens of input and output it takes together; 0 when unknown
 * @param tools whether it can call tools
 * @param facts what is declared of it in particular; with {@link DeclaredFacts#NONE} what the provider declares of all
 */
public record ModelDescription(String id, String description, int contextTokens, boolean tools, DeclaredFacts facts) {
    public ModelDescription {
        Objects.requireNonNull(id, "A model has no id");
        Objects.requireNonNull(description, () -> "The model " + id + " has no description");
        Objects.requireNonNull(facts, () -> "The model " + id + " has no facts: DeclaredFacts.NONE");
    }

    /** A model of which nothing is declared in particular. */
    public ModelDescription(String id, String description, int contextTokens, boolean tools) {
        this(id, description, contextTokens, tools, DeclaredFacts.NONE);
    }
}
