package dev.agentos.limits;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Something that a tenant may use so much of in a period, set under a name and counted while the name stays.
 *
 * @param <T> what it says
 */
public interface NamedLimit<T extends NamedLimit.Terms<T>> {

    /** When to warn unless it is set otherwise: at four fifths. */
    BigDecimal WARN_AT = new BigDecimal("0.8");

    /** The longest id of a subject, in characters. */
    int LONGEST_SUBJECT = 200;

    /** Whose it is. */
    TenantId tenant();

    /** Unique within the tenant. */
    String name();

    /** What it says. */
    T terms();

    /** Who said so. */
    Change change();

    /**
     * What is said.
     *
     * @param <T> the same
     */
    interface Terms<T> {

        /** Whether what one has counted means the same to the other. */
        boolean counts(T other);
    }

    /**
     * Who set a limit.
     *
     * @param revision that of this state, which no earlier one had
     * @param byPlatform whether an administrator of the platform did: nobody else changes it then
     * @param by the id of the principal
     * @param at when
     */
    record Change(long revision, boolean byPlatform, String by, Instant at) {}

    /**
     * Who sets a limit.
     *
     * @param id of the principal
     * @param platform whether it is an administrator of the platform
     */
    record Author(String id, boolean platform) {}

    /** Refuses what no such limit can say of whom it counts and when it warns. */
    static void require(
            BudgetScope scope,
            Optional<String> subject,
            BigDecimal warnAt,
            String kind,
            BiFunction<String, String, InvalidInputException> invalid) {
        if (subject.isPresent() && scope != BudgetScope.PRINCIPAL && scope != BudgetScope.AGENT) {
            throw invalid.apply("/subject", "Only a " + kind + " of a principal or an agent has a subject.");
        }
        if (subject.filter(id -> id.isBlank() || id.length() > LONGEST_SUBJECT).isPresent()) {
            throw invalid.apply("/subject", "A subject has 1 to " + LONGEST_SUBJECT + " characters.");
        }
        if (warnAt.signum() <= 0 || warnAt.compareTo(BigDecimal.ONE) > 0 || warnAt.scale() > 4) {
            throw invalid.apply(
                    "/warnAt", "The part to warn at is more than 0 and at most 1, with at most 4 decimal places.");
        }
    }
}
