package dev.agentos.policy;

import dev.agentos.redaction.RedactionTerms;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What rules came to, and why.
 *
 * @param effect what holds
 * @param deciding the rule that decided; empty when none did
 * @param closed the policy that lets nothing pass without a rule, when that decided
 * @param matches every rule that matched, also those of a dry run, the strongest first
 */
public record Decision(RuleEffect effect, Optional<Match> deciding, Optional<String> closed, List<Match> matches) {

    private static final int LONGEST_SHOWN = 200;

    /** Nothing speaks against it. */
    public static final Decision FREE = new Decision(RuleEffect.ALLOW, Optional.empty(), Optional.empty(), List.of());

    /**
     * A rule that matched.
     *
     * @param owner {@code platform} or {@code tenant}
     * @param policy its policy
     * @param version the version of that
     * @param rule what it says
     * @param values what its condition looked at, by path
     * @param error why its condition has no value, in which case a rule that forbids counts as if it matched
     * @param also others that ask people as well, where it asks for all of them
     */
    public record Match(
            String owner,
            String policy,
            int version,
            PolicyRule rule,
            JsonObject values,
            Optional<String> error,
            List<Match> also) {
        public Match {
            also = List.copyOf(also);
        }

        /** One that speaks for itself. */
        public Match(
                String owner, String policy, int version, PolicyRule rule, JsonObject values, Optional<String> error) {
            this(owner, policy, version, rule, values, error, List.of());
        }

        /** The same that asks for those as well: the terms of all hold together. */
        private Match with(List<Match> others) {
            ApprovalTerms terms = rule.terms().approval();
            for (Match other : others) {
                terms = terms.and(other.rule().terms().approval());
            }
            return new Match(owner, policy, version, rule.asking(terms), values, error, others);
        }

        /** As in {@code rule 'no-mail' of the platform's policy 'mail' (version 3)}. */
        public String named() {
            return "rule '" + rule.id() + "' of the " + owner + "'s policy '" + policy + "' (version " + version + ")";
        }

        /** For people and programs. */
        public JsonObject toJson() {
            return toJson(UnaryOperator.identity());
        }

        /**
         * For those who are to agree, and for the execution's events.
         *
         * @param replacing what is to be replaced in what the condition looked at; before long texts are cut, since
         *     half an address is none that anything would find
         */
        public JsonObject toJson(UnaryOperator<JsonObject> replacing) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("owner", owner);
            members.put("policy", policy);
            members.put("version", version);
            members.put("rule", rule.id());
            members.put("effect", rule.effect().name());
            members.put("mode", rule.enforced() ? "enforce" : "dry-run");
            members.put("reason", rule.reason());
            rule.terms().write(members);
            rule.when().ifPresent(condition -> members.put("when", condition));
            Map<String, JsonValue> looked = new LinkedHashMap<>();
            replacing.apply(values).members().forEach((path, value) -> looked.put(path, cut(value)));
            members.put("values", new JsonObject(looked));
            error.ifPresent(problem -> members.putAll(
                    replacing.apply(JsonObject.of("error", problem)).members()));
            if (!also.isEmpty()) {
                members.put(
                        "also",
                        also.stream().map(match -> match.toJson(replacing)).toList());
            }
            return (JsonObject) JsonValue.of(members);
        }

        private static JsonValue cut(JsonValue value) {
            String text = value instanceof JsonString(String string) ? string : value.toString();
            if (text.length() <= LONGEST_SHOWN) {
                return value;
            }
            boolean half = Character.isHighSurrogate(text.charAt(LONGEST_SHOWN - 1));
            return new JsonString(text.substring(0, half ? LONGEST_SHOWN - 1 : LONGEST_SHOWN) + "…");
        }
    }

    /**
     * The rule for which people are asked, on the terms of all in force that ask them: none of those is met by meeting
     * another's. Empty when nobody is asked.
     */
    public Optional<Match> asking() {
        if (effect != RuleEffect.REQUIRE_APPROVAL) {
            return Optional.empty();
        }
        List<Match> all = matches.stream()
                .filter(match -> match.rule().enforced() && match.rule().effect() == RuleEffect.REQUIRE_APPROVAL)
                .toList();
        return all.size() == 1
                ? Optional.of(all.getFirst())
                : Optional.of(all.getFirst().with(all.subList(1, all.size())));
    }

    /** What is to be replaced in what passes, by all rules that say so. */
    public List<RedactionTerms> redactions() {
        return matches.stream()
                .filter(match -> match.rule().enforced())
                .flatMap(match -> match.rule().terms().redaction().stream())
                .toList();
    }

    /** The rules in force that say how often it may be done. */
    public List<Match> limits() {
        return matches.stream()
                .filter(match ->
                        match.rule().enforced() && match.rule().terms().limit().isPresent())
                .toList();
    }

    /** The rule that says which model is asked instead; empty when none does. */
    public Optional<Match> route() {
        return deciding.filter(match -> match.rule().effect() == RuleEffect.ROUTE);
    }

    /** The same without rules whose checks something has passed. */
    public Decision without(List<Match> passed) {
        if (passed.isEmpty()) {
            return this;
        }
        List<Match> left = matches.stream()
                .filter(match -> passed.stream().noneMatch(one -> one == match))
                .toList();
        Optional<Match> strongest = closed.isPresent()
                ? Optional.empty()
                : left.stream().filter(match -> match.rule().enforced()).findFirst();
        RuleEffect holds = strongest
                .map(match -> match.rule().effect())
                .orElse(closed.isPresent() ? RuleEffect.DENY : RuleEffect.ALLOW);
        return new Decision(holds, strongest, closed, left);
    }

    /** Whether a dry run would have come to something else. */
    public boolean differsInDryRun() {
        return matches.stream()
                .anyMatch(match ->
                        !match.rule().enforced() && match.rule().effect().compareTo(effect) > 0);
    }

    /**
     * Passes unless it is denied.
     *
     * @param what is about to be done, as in {@code the tool 'mail.send'}
     * @throws AgentOsException {@code policy:DENIED}
     */
    public void requireNotDenied(String what) {
        if (effect != RuleEffect.DENY) {
            return;
        }
        String why = deciding.map(match -> capitalised(match.named()) + " does not allow " + what + ": "
                        + match.rule().reason()
                        + match.error()
                                .map(problem -> " (its condition has no value: " + problem + ")")
                                .orElse(""))
                .orElseGet(() -> "No rule allows " + what + ", and the policy '" + closed.orElse("?")
                        + "' lets nothing pass without one");
        throw new AgentOsException(
                PolicyErrorCode.DENIED,
                why + (why.endsWith(".") ? "" : "."),
                "Do without it, or ask whoever administers the policy; POST /api/v1/policies/evaluate explains it.");
    }

    private static String capitalised(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** For people and programs: which rules, which values. */
    public JsonObject toJson() {
        return toJson(UnaryOperator.identity());
    }

    /** The same, with what is to be replaced in what conditions looked at. */
    public JsonObject toJson(UnaryOperator<JsonObject> replacing) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("effect", effect.name());
        deciding.ifPresent(match -> members.put("deciding", match.toJson(replacing)));
        closed.ifPresent(policy -> members.put("closedBy", policy));
        asking().ifPresent(match ->
                members.put("approval", match.rule().terms().approval().toJson()));
        members.put(
                "matches",
                matches.stream().map(match -> match.toJson(replacing)).toList());
        return (JsonObject) JsonValue.of(members);
    }
}
