package dev.agentos.policy;

import dev.agentos.expressions.ExpressionFailedException;
import dev.agentos.expressions.ExpressionLanguage;
import dev.agentos.policy.facts.ModelFacts;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Membership;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The rules that bind one tenant, laid out to be asked: those that are confined to one name are found by it, so that a
 * decision costs the rules that are about what is done, and not all that there are.
 */
final class RuleIndex {

    private static final String ROLES = "principal.roles";
    private static final String GROUPS = "principal.groups";

    /**
     * The strongest first; between two alike the platform's, then by names, so that it is always the same that decides.
     */
    private static final Comparator<Placed> ORDER = Comparator.comparing(
                    (Placed placed) -> placed.rule().effect())
            .reversed()
            .thenComparing(placed -> placed.policy().owner())
            .thenComparing(placed -> placed.policy().name())
            .thenComparing(Placed::position);

    private final ModelFacts facts;
    private final Policies.Memberships memberships;
    private final Map<PolicyPoint, AtPoint> points = new EnumMap<>(PolicyPoint.class);

    private record Placed(Policy policy, PolicyRule rule, int position, boolean asksForMembership) {
        Placed(Policy policy, PolicyRule rule, int position) {
            this(
                    policy,
                    rule,
                    position,
                    rule.when().filter(RuleIndex::speaksOfMembership).isPresent());
        }
    }

    private static final class AtPoint {
        private final Map<String, List<Placed>> named = new HashMap<>();
        private final List<Placed> others = new ArrayList<>();
        private Optional<String> closed = Optional.empty();
    }

    /** The rules of those policies. */
    RuleIndex(List<Policy> policies, Policies.Memberships memberships) {
        this.memberships = memberships;
        Map<String, JsonObject> said = new LinkedHashMap<>();
        for (Policy policy : policies) {
            PolicyDocument document = policy.document().orElseThrow();
            for (PolicyPoint point : document.closed()) {
                AtPoint at = points.computeIfAbsent(point, any -> new AtPoint());
                at.closed = at.closed.isPresent() ? at.closed : Optional.of(policy.name());
            }
            // Of two policies that speak of the same name differently neither is believed.
            document.models().forEach((name, facts) -> said.merge(name, facts, RuleIndex::agreed));
            int position = 0;
            for (PolicyRule rule : document.rules()) {
                place(new Placed(policy, rule, position++));
            }
        }
        facts = said.isEmpty() ? ModelFacts.NONE : new ModelFacts(said);
    }

    private static JsonObject agreed(JsonObject one, JsonObject other) {
        Map<String, JsonValue> same = new LinkedHashMap<>(other.members());
        one.members().forEach((name, value) -> {
            if (other.member(name).filter(known -> !known.equals(value)).isPresent()) {
                same.put(name, new JsonString(""));
            } else {
                same.put(name, value);
            }
        });
        return new JsonObject(same);
    }

    private void place(Placed placed) {
        AtPoint at = points.computeIfAbsent(placed.rule().point(), any -> new AtPoint());
        for (String kind : placed.rule().point().scopes()) {
            String name = placed.rule().scope().get(kind);
            if (name != null && !name.endsWith("*")) {
                at.named
                        .computeIfAbsent(key(kind, name), any -> new ArrayList<>())
                        .add(placed);
                return;
            }
        }
        at.others.add(placed);
    }

    private static String key(String kind, String name) {
        return kind + '=' + name;
    }

    /** Whether anything at all is said about a point. */
    boolean silent(PolicyPoint point) {
        return !points.containsKey(point);
    }

    Decision decide(PolicyQuestion question, InstantSource clock) {
        AtPoint at = points.get(question.point());
        return at == null ? Decision.FREE : decided(at, matches(question, candidates(at, question), clock));
    }

    /**
     * Whether a rule that would be asked checks something, or may speak of that variable: its condition is read as
     * text, to be on the safe side.
     */
    boolean looksAt(String variable, PolicyQuestion question) {
        AtPoint at = points.get(question.point());
        return at != null
                && candidates(at, question).stream()
                        .map(Placed::rule)
                        .anyMatch(rule -> rule.terms().check().isPresent()
                                || rule.when()
                                        .filter(condition -> condition.contains(variable))
                                        .isPresent());
    }

    private static List<Placed> candidates(AtPoint at, PolicyQuestion question) {
        List<Placed> candidates = new ArrayList<>();
        for (String kind : question.point().scopes()) {
            String name = question.names().get(kind);
            if (name != null) {
                candidates.addAll(at.named.getOrDefault(key(kind, name), List.of()));
            }
        }
        candidates.addAll(at.others);
        candidates.removeIf(placed -> !placed.rule().covers(question.names()));
        candidates.sort(ORDER);
        return candidates;
    }

    private List<Decision.Match> matches(PolicyQuestion question, List<Placed> candidates, InstantSource clock) {
        List<Decision.Match> matches = new ArrayList<>();
        Optional<JsonObject> values = Optional.empty();
        for (Placed placed : candidates) {
            if (placed.rule().when().isPresent() && values.isEmpty()) {
                values = Optional.of(values(question, clock.instant()));
            }
            if (placed.asksForMembership()) {
                values = values.map(known -> withMembership(question, known));
            }
            match(question.point().language(), placed, values.orElse(JsonObject.EMPTY))
                    .ifPresent(matches::add);
        }
        return matches;
    }

    private static Optional<Decision.Match> match(ExpressionLanguage language, Placed placed, JsonObject values) {
        PolicyRule rule = placed.rule();
        Policy policy = placed.policy();
        if (rule.when().isEmpty()) {
            return Optional.of(new Decision.Match(
                    policy.owner(), policy.name(), policy.version(), rule, JsonObject.EMPTY, Optional.empty()));
        }
        String condition = rule.when().get();
        Optional<String> error = Optional.empty();
        try {
            if (!language.evaluate(condition, values).equals(JsonBoolean.TRUE)) {
                return Optional.empty();
            }
        } catch (ExpressionFailedException e) {
            // What cannot be told must not let anything pass.
            if (rule.effect() == RuleEffect.ALLOW) {
                return Optional.empty();
            }
            error = Optional.of(String.valueOf(e.getMessage()));
        }
        return Optional.of(new Decision.Match(
                policy.owner(), policy.name(), policy.version(), rule, looked(language, condition, values), error));
    }

    private static Decision decided(AtPoint at, List<Decision.Match> matches) {
        List<Decision.Match> enforced =
                matches.stream().filter(match -> match.rule().enforced()).toList();
        // To replace, count or check something in what passes says nothing about whether it may pass.
        boolean passes = at.closed.isEmpty()
                || enforced.stream()
                        .anyMatch(match -> !match.rule().effect().besides()
                                && match.rule().terms().check().isEmpty());
        if (!passes) {
            return new Decision(RuleEffect.DENY, Optional.empty(), at.closed, matches);
        }
        return enforced.isEmpty()
                ? new Decision(RuleEffect.ALLOW, Optional.empty(), Optional.empty(), matches)
                : new Decision(
                        enforced.getFirst().rule().effect(),
                        Optional.of(enforced.getFirst()),
                        Optional.empty(),
                        matches);
    }

    /** The same for an expression that may speak of the principal's roles and groups. */
    JsonObject values(PolicyQuestion question, Instant now, String expression) {
        JsonObject values = values(question, now);
        return speaksOfMembership(expression) ? withMembership(question, values) : values;
    }

    /** Read as text, to be on the safe side: whoever speaks of neither costs no look at who it is. */
    private static boolean speaksOfMembership(String expression) {
        return expression.contains("principal") && (expression.contains("roles") || expression.contains("groups"));
    }

    private JsonObject withMembership(PolicyQuestion question, JsonObject values) {
        if (values.member(ROLES).isPresent()) {
            return values;
        }
        Optional<String> principal = values.text("principal").filter(id -> !id.isEmpty());
        Membership membership = principal
                .flatMap(id -> question.tenant().map(tenant -> memberships.of(tenant, id)))
                .orElse(Membership.NONE);
        return values.with(ROLES, sorted(membership.roles())).with(GROUPS, sorted(membership.groups()));
    }

    private static List<String> sorted(Set<String> names) {
        return names.stream().sorted().toList();
    }

    /** The point's variables and those that there are everywhere, but for roles and groups. */
    private JsonObject values(PolicyQuestion question, Instant now) {
        OffsetDateTime time = now.atOffset(ZoneOffset.UTC);
        Map<String, JsonValue> all = new LinkedHashMap<>();
        all.put(
                "tenant",
                new JsonString(question.tenant().map(tenant -> tenant.value()).orElse("")));
        all.put("principal", new JsonString(""));
        all.put("agent", new JsonString(question.names().getOrDefault("agent", "")));
        all.put("execution", new JsonString(""));
        all.put(
                "time",
                JsonObject.of(
                        "hour", time.getHour(),
                        "weekday", time.getDayOfWeek().getValue(),
                        "date", time.toLocalDate().toString()));
        all.putAll(question.values().get().members());
        if (all.get("model") instanceof JsonObject model) {
            all.put("model", facts.describe(model));
        }
        return new JsonObject(all);
    }

    /** What a condition looked at. */
    private static JsonObject looked(ExpressionLanguage language, String condition, JsonObject values) {
        Map<String, JsonValue> shown = new LinkedHashMap<>();
        for (List<String> path : language.paths(condition)) {
            Optional<JsonValue> value = values.member(String.join(".", path)).or(() -> walked(values, path));
            value.ifPresent(one -> shown.put(String.join(".", path), one));
        }
        return new JsonObject(shown);
    }

    private static Optional<JsonValue> walked(JsonObject values, List<String> path) {
        Optional<JsonValue> value = Optional.of(values);
        for (String member : path) {
            value = value.flatMap(one -> one instanceof JsonObject object ? object.member(member) : Optional.empty());
        }
        return value;
    }
}
