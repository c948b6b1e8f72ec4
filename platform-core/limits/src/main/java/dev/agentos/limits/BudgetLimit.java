package dev.agentos.limits;

import dev.agentos.spi.JsonObject;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * How much a budget holds: money or tokens.
 *
 * @param amount more than 0; whole for tokens
 * @param currency the code of ISO 4217; empty for tokens, those read and those written together
 */
public record BudgetLimit(BigDecimal amount, Optional<String> currency) {

    private static final BigDecimal MOST = BigDecimal.TEN.pow(15);

    /** Decimal places that prices and budgets may have. */
    static final int PLACES = 6;

    public BudgetLimit {
        amount = amount.signum() == 0 ? BigDecimal.ZERO : amount.stripTrailingZeros();
        if (amount.scale() < 0 && amount.precision() - amount.scale() < 40) {
            amount = amount.setScale(0);
        }
        if (amount.signum() <= 0 || amount.compareTo(MOST) > 0) {
            throw Budgets.invalid("/limit", "A budget holds more than 0 and at most " + MOST.toPlainString() + ".");
        }
        if (amount.scale() > (currency.isPresent() ? PLACES : 0)) {
            throw Budgets.invalid(
                    "/limit",
                    currency.isPresent()
                            ? "An amount of money has at most " + PLACES + " decimal places."
                            : "A number of tokens is whole.");
        }
        currency.ifPresent(code -> requireCurrency("/limit", code));
    }

    static void requireCurrency(String pointer, String code) {
        if (!code.matches("[A-Z]{3}")) {
            throw Budgets.invalid(pointer, "A currency is a code of ISO 4217, as in USD.");
        }
    }

    /** A limit in tokens. */
    public static BudgetLimit tokens(long tokens) {
        return new BudgetLimit(BigDecimal.valueOf(tokens), Optional.empty());
    }

    /** A limit in money. */
    public static BudgetLimit money(String amount, String currency) {
        return new BudgetLimit(new BigDecimal(amount), Optional.of(currency));
    }

    /** An amount of the same kind for people, as in {@code 12.5 USD}. */
    String write(BigDecimal some) {
        return plain(some) + " " + currency.orElse("tokens");
    }

    /** An amount of the same kind for the API. */
    public JsonObject toJson(BigDecimal some) {
        return currency.map(code -> JsonObject.of("amount", plain(some), "currency", code))
                .orElseGet(() -> JsonObject.of("tokens", new BigDecimal(plain(some))));
    }

    /** Decimal, without an exponent and without zeros that say nothing. */
    public static String plain(BigDecimal amount) {
        return amount.signum() == 0 ? "0" : amount.stripTrailingZeros().toPlainString();
    }
}
