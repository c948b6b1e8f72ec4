package dev.agentos.policy;

import dev.agentos.redaction.RedactionTerms;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One rule of a policy.
 *
 * @param id unique in its policy
 * @param point where it is asked
 * @param scope what it is confined to: names by {@code agent}, {@code model}, {@code tool} or {@code plugin}; a name
 *     that ends with {@code *} stands for all that begin so
 * @param when CEL over the point's variables; always when empty
 * @param effect what it comes to
 * @param reason for whoever meets it
 * @param enforced false for a dry run, which is told and not done
 * @param terms what else it says, by its effect
 */
public record PolicyRule(
        String id,
        PolicyPoint point,
        Map<String, String> scope,
        Optional<String> when,
        RuleEffect effect,
        String reason,
        boolean enforced,
        RuleTerms terms) {

    /**
     * What a rule says besides.
     *
     * @param approval of the approval, for {@link RuleEffect#REQUIRE_APPROVAL}
     * @param redaction what is replaced, for {@link RuleEffect#REDACT}
     * @param check what has to be wrong for the rule to match; empty when nothing has
     * @param limit how often it may be done, for {@link RuleEffect#LIMIT}
     * @param route names of models, of which the first that can be asked is, for {@link RuleEffect#ROUTE}
     * @param retry what is done with a model's answer that is not let pass; empty when nothing is
     */
    public record RuleTerms(
            ApprovalTerms approval,
            Optional<RedactionTerms> redaction,
            Optional<GateCheck> check,
            Optional<RuleLimit> limit,
            List<String> route,
            Optional<GateCheck.Retry> retry) {
        public RuleTerms {
            route = List.copyOf(route);
        }

        /** As documents write them, but for the approval. */
        void write(Map<String, Object> members) {
            check.ifPresent(one -> members.put("check", one.toJson()));
            redaction.ifPresent(one -> members.put("redact", one.toJson()));
            limit.ifPresent(one -> members.put("limit", one.toJson()));
            retry.ifPresent(one -> members.put("retry", one.toJson()));
            if (!route.isEmpty()) {
                members.put("route", JsonObject.of("models", route));
            }
        }
    }

    public PolicyRule {
        scope = Map.copyOf(scope);
    }

    /** The same on other terms of the approval. */
    PolicyRule asking(ApprovalTerms approval) {
        RuleTerms others =
                new RuleTerms(approval, terms.redaction(), terms.check(), terms.limit(), terms.route(), terms.retry());
        return new PolicyRule(id, point, scope, when, effect, reason, enforced, others);
    }

    /** Whether it is about something of these names. */
    boolean covers(Map<String, String> names) {
        for (Map.Entry<String, String> wanted : scope.entrySet()) {
            String name = names.getOrDefault(wanted.getKey(), "");
            String pattern = wanted.getValue();
            // What a tool gave is of no model, whatever its name begins with.
            if (point == PolicyPoint.OUTPUT
                    && name.isEmpty()
                    && !wanted.getKey().equals("agent")) {
                return false;
            }
            boolean fits = pattern.endsWith("*")
                    ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                    : name.equals(pattern);
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("point", point.word());
        if (!scope.isEmpty()) {
            Map<String, Object> ordered = new LinkedHashMap<>();
            point.scopes().stream().filter(scope::containsKey).forEach(key -> ordered.put(key, scope.get(key)));
            members.put("scope", ordered);
        }
        when.ifPresent(condition -> members.put("when", condition));
        members.put("effect", effect.name());
        members.put("reason", reason);
        members.put("mode", enforced ? "enforce" : "dry-run");
        if (effect == RuleEffect.REQUIRE_APPROVAL) {
            members.put("approval", terms.approval().toJson());
        }
        terms.write(members);
        return (JsonObject) JsonValue.of(members);
    }
}
