package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.LocalDate;

/**
 * What calls of a model used.
 *
 * @param key whose calls
 * @param sums what they came to
 */
public record ModelUse(Key key, Sums sums) {

    /**
     * Calls that are counted together; what is not known, or not asked about, is an empty text.
     *
     * @param tenant that pays
     * @param day of UTC
     * @param model {@code provider/model}
     * @param agent {@code pack/agent}
     * @param principal the id of the principal that began them
     * @param execution that made them
     * @param currency of the cost; empty when the price is unknown
     */
    public record Key(
            TenantId tenant,
            LocalDate day,
            String model,
            String agent,
            String principal,
            String execution,
            String currency) {}

    /**
     * What calls came to.
     *
     * @param calls how many
     * @param estimated how many of them nobody has counted the tokens of
     * @param inputTokens read
     * @param outputTokens written
     * @param cost 0 when the price is unknown
     */
    public record Sums(long calls, long estimated, long inputTokens, long outputTokens, BigDecimal cost) {

        /** Both together. */
        public Sums plus(Sums other) {
            return new Sums(
                    calls + other.calls,
                    estimated + other.estimated,
                    inputTokens + other.inputTokens,
                    outputTokens + other.outputTokens,
                    cost.add(other.cost));
        }
    }
}
