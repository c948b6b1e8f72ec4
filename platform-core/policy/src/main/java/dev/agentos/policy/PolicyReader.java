package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.policy.facts.ModelFacts;
import dev.agentos.policy.internal.ApprovalReader;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads one policy, and gathers all that is wrong with it before it refuses it. */
final class PolicyReader {

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:/@-]{1,200}\\*?|\\*");
    private static final Set<String> RULE = Set.of(
            "id",
            "point",
            "scope",
            "when",
            "effect",
            "reason",
            "mode",
            "approval",
            "redact",
            "check",
            "limit",
            "route",
            "retry");

    private final List<Fault> faults = new ArrayList<>();

    PolicyDocument read(JsonObject json) {
        known(json, Set.of("description", "defaults", "models", "rules"), "");
        String description = text(json, "description", "").orElse("");
        List<PolicyPoint> closed = closed(json);
        Map<String, JsonObject> models = models(json);
        List<PolicyRule> rules = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        JsonArray written = array(json);
        for (int i = 0; i < written.size() && i < PolicyDocument.MOST_RULES; i++) {
            String pointer = "/rules/" + i;
            if (written.items().get(i) instanceof JsonObject rule) {
                rule(rule, pointer, ids).ifPresent(rules::add);
            } else {
                fault(pointer, "A rule is an object.");
            }
        }
        if (written.size() > PolicyDocument.MOST_RULES) {
            fault("/rules", "A policy has at most " + PolicyDocument.MOST_RULES + " rules.");
        }
        InvalidInputException.refuse(
                faults,
                PolicyErrorCode.INVALID_POLICY,
                "The policy cannot be used",
                "Correct it at the places that are named; docs/reference/policies.md says what a rule is.");
        return new PolicyDocument(description, closed, models, rules);
    }

    private Map<String, JsonObject> models(JsonObject json) {
        if (json.member("models").isPresent() && json.object("models").isEmpty()) {
            fault("/models", "'models' is an object: what is said of a model, by its name.");
        }
        JsonObject written = json.object("models").orElse(JsonObject.EMPTY);
        if (written.members().size() > PolicyDocument.MOST_RULES) {
            fault("/models", "A policy speaks of at most " + PolicyDocument.MOST_RULES + " models.");
            return Map.of();
        }
        return ModelFacts.read(written, (pointer, message) -> fault("/models" + pointer, message));
    }

    private JsonArray array(JsonObject json) {
        Optional<JsonValue> rules = json.member("rules");
        if (rules.isPresent() && rules.get() instanceof JsonArray array) {
            return array;
        }
        fault("/rules", "'rules' is missing: an array of rules.");
        return JsonArray.EMPTY;
    }

    private List<PolicyPoint> closed(JsonObject json) {
        List<PolicyPoint> closed = new ArrayList<>();
        if (json.member("defaults").isPresent() && json.object("defaults").isEmpty()) {
            fault("/defaults", "'defaults' is an object: the effect, by the point.");
        }
        json.object("defaults").orElse(JsonObject.EMPTY).members().forEach((word, effect) -> {
            String pointer = "/defaults/" + Fault.escape(word);
            Optional<PolicyPoint> point = PolicyPoint.ofWord(word);
            if (point.isEmpty()) {
                fault(pointer, "There is no point '" + word + "'; there are " + PolicyPoint.words() + ".");
            } else if (!effect.equals(new JsonString(RuleEffect.DENY.name()))) {
                if (!effect.equals(new JsonString(RuleEffect.ALLOW.name()))) {
                    fault(pointer, "A default is ALLOW or DENY.");
                }
            } else {
                closed.add(point.get());
            }
        });
        return closed;
    }

    private Optional<PolicyRule> rule(JsonObject json, String at, Set<String> ids) {
        int before = faults.size();
        known(json, RULE, at);
        String id = text(json, "id", at).orElse("");
        if (!ID.matcher(id).matches()) {
            fault(
                    at + "/id",
                    "A rule's id is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.");
        } else if (!ids.add(id)) {
            fault(at + "/id", "Another rule of the policy has the id '" + id + "'.");
        }
        Optional<PolicyPoint> point = text(json, "point", at).flatMap(PolicyPoint::ofWord);
        if (point.isEmpty()) {
            fault(at + "/point", "'point' is none of " + PolicyPoint.words() + ".");
        }
        Optional<RuleEffect> effect = text(json, "effect", at).flatMap(RuleEffect::ofWord);
        if (effect.isEmpty()) {
            fault(at + "/effect", "'effect' is none of " + RuleEffect.words(List.of(RuleEffect.values())) + ".");
        }
        String reason = text(json, "reason", at).orElse("");
        if (reason.isBlank()) {
            fault(at + "/reason", "'reason' is missing: what whoever meets the rule is told.");
        }
        Optional<String> mode = text(json, "mode", at);
        if (mode.isPresent() && !Set.of("enforce", "dry-run").contains(mode.get())) {
            fault(at + "/mode", "'mode' is neither enforce nor dry-run.");
        }
        Optional<String> when = condition(json, at, point);
        Map<String, String> scope = scope(json, at, point);
        ApprovalTerms approval = terms(json, at, effect);
        Optional<RedactionTerms> redaction = redaction(json, at, effect);
        Optional<GateCheck> check = CheckReader.read(json, at, point, effect, faults);
        if (point.isPresent()
                && effect.filter(one -> !point.get().effects().contains(one)).isPresent()) {
            fault(
                    at + "/effect",
                    "At '" + point.get().word() + "' a rule comes to one of "
                            + RuleEffect.words(point.get().effects()) + ".");
        }
        TermsReader others = new TermsReader(json, at, point, faults);
        Optional<RuleLimit> limit = others.limit(effect);
        List<String> route = others.route(effect);
        Optional<GateCheck.Retry> retry = others.retry(effect);
        return faults.size() > before
                ? Optional.empty()
                : Optional.of(new PolicyRule(
                        id,
                        point.orElseThrow(),
                        scope,
                        when,
                        effect.orElseThrow(),
                        reason,
                        mode.filter("dry-run"::equals).isEmpty(),
                        new PolicyRule.RuleTerms(approval, redaction, check, limit, route, retry)));
    }

    private Optional<String> condition(JsonObject json, String at, Optional<PolicyPoint> point) {
        Optional<JsonValue> value = json.member("when");
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (!(value.get() instanceof JsonString(String expression))) {
            fault(at + "/when", "'when' is a CEL expression, written as a string.");
            return Optional.empty();
        }
        point.flatMap(one -> one.language().checkCondition(expression))
                .ifPresent(problem -> fault(
                        at + "/when",
                        problem + " (there are "
                                + String.join(
                                        ", ",
                                        new TreeSet<>(point.get().variables().keySet())) + ")."));
        return Optional.of(expression);
    }

    private Map<String, String> scope(JsonObject json, String at, Optional<PolicyPoint> point) {
        Map<String, String> scope = new LinkedHashMap<>();
        if (json.member("scope").isPresent() && json.object("scope").isEmpty()) {
            fault(at + "/scope", "'scope' is an object: names by what they are of.");
        }
        json.object("scope").orElse(JsonObject.EMPTY).members().forEach((kind, name) -> {
            String pointer = at + "/scope/" + Fault.escape(kind);
            if (point.isPresent() && !point.get().scopes().contains(kind)) {
                fault(
                        pointer,
                        "A rule at '" + point.get().word() + "' can be confined to "
                                + String.join(", ", point.get().scopes()) + ", not to '" + kind + "'.");
            } else if (name instanceof JsonString(String text)
                    && NAME.matcher(text).matches()) {
                scope.put(kind, text);
            } else {
                fault(pointer, "This is a name, or the beginning of one with * behind it.");
            }
        });
        return scope;
    }

    private Optional<RedactionTerms> redaction(JsonObject json, String at, Optional<RuleEffect> effect) {
        boolean redacts = effect.filter(RuleEffect.REDACT::equals).isPresent();
        Optional<JsonObject> written = json.object("redact");
        if (redacts == written.isPresent()
                && written.isPresent() == json.member("redact").isPresent()) {
            return written.flatMap(one -> RedactionReader.read(one, at + "/redact", faults));
        }
        fault(at + "/redact", "'redact' goes with the effect REDACT: an object of detectors, expressions and mode.");
        return Optional.empty();
    }

    private ApprovalTerms terms(JsonObject json, String at, Optional<RuleEffect> effect) {
        if (json.member("approval").isEmpty()) {
            return ApprovalTerms.USUAL;
        }
        if (effect.filter(RuleEffect.REQUIRE_APPROVAL::equals).isEmpty()) {
            fault(at + "/approval", "'approval' goes with the effect REQUIRE_APPROVAL.");
        }
        if (json.object("approval").isEmpty()) {
            fault(at + "/approval", "'approval' is an object: within, people or chain, risk, escalate.");
            return ApprovalTerms.USUAL;
        }
        return ApprovalReader.read(json.object("approval").get(), at + "/approval", faults);
    }

    private Optional<String> text(JsonObject json, String name, String at) {
        Optional<JsonValue> value = json.member(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (value.get() instanceof JsonString(String text) && text.length() <= PolicyDocument.LONGEST_TEXT) {
            return Optional.of(text);
        }
        fault(at + "/" + name, "'" + name + "' is text of at most " + PolicyDocument.LONGEST_TEXT + " characters.");
        return Optional.empty();
    }

    private void known(JsonObject json, Set<String> names, String at) {
        json.members().keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> fault(
                        at + "/" + Fault.escape(name),
                        "There is no member '" + name + "' here; there are " + String.join(", ", new TreeSet<>(names))
                                + "."));
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(pointer, PolicyErrorCode.INVALID_POLICY.code(), message));
    }
}
