package dev.agentos.benchmarks.internal;

import dev.agentos.policy.Decision;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Rules of the point {@code tool}, and a call of {@code bank.pay} that they are asked about. */
public final class RuleSet {

    private static final TenantId TENANT = new TenantId("tnt_bench");
    private static final int ALL = 1_000;
    private static final int TOOLS = 230;
    private static final int RULES_OF_A_TOOL = 3;
    private static final int GROUPS = 180;
    private static final int AGENTS = 120;
    private static final int GENERAL = 10;

    private static final JsonObject VALUES = JsonObject.of(
            "tool",
            JsonObject.of(
                    "name",
                    "bank.pay",
                    "effect",
                    "EFFECT",
                    "arguments",
                    JsonObject.of("amount", 120, "to", "DE02120300000000202051", "purpose", "invoice 4711")),
            "plugin",
            JsonObject.of("id", "tool-bank", "version", "1.0.0"),
            "caller",
            "");

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());
    private final PolicyQuestion question = new PolicyQuestion(
            PolicyPoint.TOOL,
            Optional.of(TENANT),
            Map.of("tool", "bank.pay", "plugin", "tool-bank", "agent", "office/clerk"),
            () -> VALUES);

    private RuleSet(List<JsonObject> rules) {
        policies.put(
                Optional.of(TENANT),
                "bench",
                PolicyDocument.read(JsonObject.of("rules", rules)),
                0,
                new Policies.Author("bench", Optional.empty()),
                false);
    }

    /**
     * A thousand rules as people write them: three for each of 230 tools, and some for groups of tools, for agents and
     * for every call.
     */
    public static RuleSet confined() {
        var rules = new ArrayList<>(ofCall());
        for (var tool = 1; tool < TOOLS; tool++) {
            for (var rule = 0; rule < RULES_OF_A_TOOL; rule++) {
                rules.add(rule(rules.size(), JsonObject.of("tool", "other" + tool + ".do"), rule));
            }
        }
        for (var group = 0; group < GROUPS; group++) {
            rules.add(rule(rules.size(), JsonObject.of("tool", "group" + group + ".*"), group));
        }
        while (rules.size() < ALL) {
            rules.add(rule(rules.size(), JsonObject.of("agent", "office/agent" + rules.size() % AGENTS), rules.size()));
        }
        return new RuleSet(rules);
    }

    /** Only those of {@link #confined} that are about the call. */
    public static RuleSet concerned() {
        return new RuleSet(ofCall());
    }

    /** A thousand rules of which each is about every call, and has to be asked. */
    public static RuleSet everywhere() {
        return new RuleSet(IntStream.range(0, ALL)
                .mapToObj(number -> rule(number, JsonObject.EMPTY, number))
                .toList());
    }

    private static List<JsonObject> ofCall() {
        var rules = new ArrayList<JsonObject>();
        for (var number = 0; number < RULES_OF_A_TOOL; number++) {
            rules.add(rule(rules.size(), JsonObject.of("tool", "bank.pay"), number));
        }
        for (var number = 0; number < GENERAL; number++) {
            rules.add(rule(rules.size(), JsonObject.EMPTY, number));
        }
        return rules;
    }

    private static JsonObject rule(int id, JsonObject scope, int number) {
        return JsonObject.of(
                "id",
                "rule-" + id,
                "point",
                "tool",
                "scope",
                scope,
                "when",
                "tool.arguments.amount > " + (1_000 + number) + " && tool.effect == 'EFFECT'",
                "effect",
                "DENY",
                "reason",
                "Too much.");
    }

    /** Decides about the call. */
    public Decision decide() {
        return policies.decide(question);
    }
}
