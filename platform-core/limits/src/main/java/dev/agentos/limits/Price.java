package dev.agentos.limits;

import dev.agentos.spi.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * What a model costs from a point in time on.
 *
 * @param model {@code provider/model}, or the beginning of it and {@code *}
 * @param from when it begins to hold
 * @param rates what is paid; empty when the price is not known any more
 * @param by the id of the principal who set it; {@code seed} for what the product brings
 * @param revision the how many-th it is that was set for the model; 0 for what the product brings
 */
public record Price(String model, Instant from, Optional<Rates> rates, String by, long revision) {

    private static final int TOKENS = 6;
    private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000);

    /** Who has set what the product brings. */
    public static final String SEED = "seed";

    public Price {
        if (!model.matches("[^\\s/*]{1,100}/[^\\s*]{0,200}\\*?") || model.endsWith("/")) {
            throw Prices.invalid(
                    "/model", "A price is for provider/model, or for all that begin so: provider/* or provider/mod*.");
        }
    }

    /**
     * What is paid.
     *
     * @param input for a million tokens that the model reads, at most six decimal places
     * @param output for a million tokens that it writes
     * @param currency the code of ISO 4217
     * @param maxOutputTokens what an answer is reckoned with, and held to, when its request does not say
     */
    public record Rates(BigDecimal input, BigDecimal output, String currency, int maxOutputTokens) {
        public Rates {
            for (BigDecimal rate : new BigDecimal[] {input, output}) {
                if (rate.signum() < 0
                        || rate.compareTo(MOST) > 0
                        || rate.stripTrailingZeros().scale() > TOKENS) {
                    throw Prices.invalid(
                            "/input",
                            "A price is 0 to " + MOST + " for a million tokens, with 6 decimal places at most.");
                }
            }
            BudgetLimit.requireCurrency("/currency", currency);
            if (maxOutputTokens < 1 || maxOutputTokens > 10_000_000) {
                throw Prices.invalid("/maxOutputTokens", "An answer has 1 to 10000000 tokens at most.");
            }
        }

        /** What a call costs, exactly. */
        public BigDecimal cost(Usage usage) {
            return input.multiply(BigDecimal.valueOf(usage.inputTokens()))
                    .add(output.multiply(BigDecimal.valueOf(usage.outputTokens())))
                    .movePointLeft(TOKENS);
        }

        /** Whether nothing is to be paid, whatever the currency. */
        boolean free() {
            return input.signum() == 0 && output.signum() == 0;
        }
    }

    /** Whether it is a price of that model. */
    boolean covers(String name) {
        return model.endsWith("*") ? name.startsWith(model.substring(0, model.length() - 1)) : name.equals(model);
    }
}
