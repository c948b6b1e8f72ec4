package dev.agentos.invocation;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.RateExceededException;
import dev.agentos.limits.LimitsErrorCode;
import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimits;
import dev.agentos.policy.Decision;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.policy.RuleLimit;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** Counts what rules limit, on all servers together. */
public final class RuleLimits {

    private final RateLimits rates;

    /** Counts by shares of these. */
    public RuleLimits(RateLimits rates) {
        this.rates = rates;
    }

    /**
     * Counts something that is about to be done, for each rule in force that limits it.
     *
     * @param question as the rules were asked, of a tenant
     * @param what is about to be done, as in {@code the tool 'mail.send'}
     * @throws RateExceededException {@code limits:RATE_LIMITED}; what stands behind the rule is not counted then
     */
    public void count(PolicyQuestion question, Decision decision, String what) {
        for (Decision.Match match : decision.limits()) {
            RuleLimit limit = match.rule().terms().limit().orElseThrow();
            TenantId tenant = question.tenant().orElseThrow();
            RateLimits.Ration ration = rates.count(
                    tenant, subject(match, limit, question), new RateLimit.Terms(limit.requests(), limit.per(), false));
            if (!ration.passes()) {
                throw exceeded(match, limit, ration, what);
            }
        }
    }

    private static RateExceededException exceeded(
            Decision.Match match, RuleLimit limit, RateLimits.Ration ration, String what) {
        String named = match.named();
        return new RateExceededException(
                LimitsErrorCode.RATE_LIMITED,
                named.substring(0, 1).toUpperCase(Locale.ROOT) + named.substring(1) + " allows " + what + " "
                        + limit.requests() + " times in " + limit.per().toSeconds() + " seconds for each "
                        + limit.by().word() + ", which is used up: "
                        + match.rule().reason()
                        + (match.rule().reason().endsWith(".") ? "" : "."),
                "Try again in " + ration.seconds() + " seconds.",
                new RateExceededException.Rate(
                        match.rule().id(), limit.requests(), limit.per(), Duration.ofSeconds(ration.seconds())));
    }

    /** Of fixed length, and nothing to be read in it. */
    private static String subject(Decision.Match match, RuleLimit limit, PolicyQuestion question) {
        String apart = switch (limit.by()) {
            case TENANT -> "";
            case PRINCIPAL -> question.values().get().text("principal").orElse("");
            case AGENT, TOOL, MODEL -> question.names().getOrDefault(limit.by().word(), "");
        };
        String whole = String.join(
                "\n",
                match.owner(),
                match.policy(),
                match.rule().id(),
                limit.by().word(),
                apart);
        return Digests.sha256(whole.getBytes(StandardCharsets.UTF_8));
    }
}
