package dev.agentos.pluginruntime.consent;

import dev.agentos.policy.Decision;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.policy.RuleEffect;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rules before a plugin is installed, swapped, or enabled for a tenant. */
public final class InstallRules {

    private static final Logger LOG = LoggerFactory.getLogger(InstallRules.class);

    private final Policies policies;

    /** Those rules. */
    public InstallRules(Policies policies) {
        this.policies = policies;
    }

    /**
     * What rules say of what they do not deny.
     *
     * @param notes what rules in a dry run would come to, in sentences
     * @param asks the rule that wants people to agree first, on the terms of all that do
     */
    public record Verdict(List<String> notes, Optional<Decision.Match> asks) {
        public Verdict {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Passes unless a rule denies it.
     *
     * @param tenant for which it is enabled; empty when it is installed for all
     * @param plugin its {@code id} and {@code version}
     * @param action {@code install}, {@code swap} or {@code enable}
     * @param release what is known of the version, by the variables of the point
     * @throws AgentOsException {@code policy:DENIED} naming the rule
     */
    public Verdict require(Optional<TenantId> tenant, JsonObject plugin, String action, JsonObject release) {
        String id = plugin.text("id").orElseThrow();
        Decision decision = policies.decide(new PolicyQuestion(
                PolicyPoint.INSTALL,
                tenant,
                Map.of("plugin", id),
                () -> JsonObject.of("plugin", plugin, "action", action, "release", release)));
        String what = "to " + action + " the plugin " + id + " "
                + plugin.text("version").orElseThrow();
        List<String> dry = decision.differsInDryRun()
                ? decision.matches().stream()
                        .filter(match -> !match.rule().enforced())
                        .map(match -> "In force, " + match.named()
                                + (match.rule().effect() == RuleEffect.DENY
                                        ? " would not allow "
                                        : " would want somebody to agree ")
                                + what + ": " + match.rule().reason())
                        .toList()
                : List.of();
        dry.forEach(LOG::info);
        decision.requireNotDenied(what);
        return new Verdict(dry, decision.asking());
    }
}
