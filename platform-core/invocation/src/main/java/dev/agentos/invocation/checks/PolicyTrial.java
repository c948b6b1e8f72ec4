package dev.agentos.invocation.checks;

import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.PolicyGate;
import dev.agentos.policy.Decision;
import dev.agentos.policy.GateCheck;
import dev.agentos.policy.Policies;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says what rules come to about something that somebody makes up, with the checks of those that have one. It decides
 * about nothing and leaves no evidence; a judge costs what it costs, and is asked only when that is wanted.
 */
public final class PolicyTrial {

    private static final String NOTHING_GIVEN =
            "There is nothing to check: give values.tool.arguments at tool, or" + " values.output.text at output.";
    private static final String NOT_ASKED = "All else of it is passed; the judge is asked with runJudges only.";

    /** How long judges may take, all together. */
    private static final Duration JUDGING = Duration.ofSeconds(25);

    private final Policies policies;
    private final PolicyGate gate;
    private final InstantSource clock;

    /** Tries those rules; the gate asks judges. */
    public PolicyTrial(Policies policies, PolicyGate gate, InstantSource clock) {
        this.policies = policies;
        this.gate = gate;
        this.clock = clock;
    }

    /** What a check came to. */
    private enum Outcome {
        PASSED,
        FAILED,
        /** There was nothing to check, or nobody was to be asked: the rule counts as if it failed. */
        NOT_MADE
    }

    private record Made(Decision.Match match, Outcome outcome, String detail) {
        JsonObject toJson() {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("owner", match.owner());
            members.put("policy", match.policy());
            members.put("version", match.version());
            members.put("rule", match.rule().id());
            members.put("mode", match.rule().enforced() ? "enforce" : "dry-run");
            members.put("outcome", outcome.name());
            members.put("detail", detail);
            return (JsonObject) JsonValue.of(members);
        }
    }

    /**
     * What the rules come to, with {@code checks}: what the check of each rule that has one came to.
     *
     * @param given the values as they were given, without what stands for those that were left out
     * @param candidate takes the place of a policy in force
     * @param judges on whose behalf judges are asked; empty when they are not to be
     */
    public JsonObject evaluate(
            PolicyQuestion question, JsonObject given, Optional<Policy> candidate, Optional<CallScope.Subject> judges) {
        Optional<CallScope> scope = judges.map(this::judging);
        Decision all = policies.evaluate(question, candidate);
        Optional<CheckedThing> thing = thing(question.point(), given);
        List<Made> made = new ArrayList<>();
        for (Decision.Match match : all.matches()) {
            match.rule().terms().check().ifPresent(check -> {
                Optional<String> held = policies.objection(check, question, candidate);
                made.add(question.point() == PolicyPoint.MODEL ? told(match, held) : made(match, thing, held, scope));
            });
        }
        List<Decision.Match> passed = made.stream()
                .filter(one -> one.outcome() == Outcome.PASSED)
                .map(Made::match)
                .toList();
        JsonObject told = all.without(passed).toJson();
        return made.isEmpty()
                ? told
                : told.with("checks", made.stream().map(Made::toJson).toList());
    }

    private CallScope judging(CallScope.Subject subject) {
        return new CallScope(
                subject,
                clock.instant().plus(JUDGING),
                () -> false,
                "trial",
                JsonObject.EMPTY,
                // There is no execution whose followers would hear of it.
                (name, data) -> {});
    }

    private Made made(
            Decision.Match match, Optional<CheckedThing> thing, Optional<String> held, Optional<CallScope> judges) {
        if (thing.isEmpty()) {
            return new Made(match, Outcome.NOT_MADE, NOTHING_GIVEN);
        }
        GateCheck check = match.rule().terms().check().orElseThrow();
        Optional<String> problem = thing.get().objection(check).or(() -> held);
        if (problem.isPresent() || check.judge().isEmpty()) {
            return told(match, problem);
        }
        if (judges.isEmpty()) {
            return new Made(match, Outcome.NOT_MADE, NOT_ASKED);
        }
        return told(
                match,
                thing.get()
                        .judged()
                        .flatMap(text ->
                                gate.objection(judges.get(), check.judge().get(), text)));
    }

    private static Made told(Decision.Match match, Optional<String> problem) {
        return new Made(match, problem.isPresent() ? Outcome.FAILED : Outcome.PASSED, problem.orElse(""));
    }

    private static Optional<CheckedThing> thing(PolicyPoint point, JsonObject given) {
        Optional<JsonObject> tool = given.object("tool");
        if (point == PolicyPoint.TOOL) {
            return tool.flatMap(one -> one.object("arguments"))
                    .map(arguments -> new CheckedThing(point, true, arguments));
        }
        Optional<JsonObject> output = given.object("output");
        boolean ofTool = output.flatMap(one -> one.text("kind"))
                .map(kind -> kind.equals(PolicyPoint.TOOL.word()))
                .orElse(tool.isPresent());
        return output.flatMap(one -> one.text("text"))
                .map(text -> new CheckedThing(
                        point, ofTool, ofTool ? JsonObject.of("value", parsed(text)) : JsonObject.of("text", text)));
    }

    /** What a tool gives is written as JSON; a text that is none stands for itself. */
    private static JsonValue parsed(String text) {
        try {
            return JsonValue.parse(text.strip());
        } catch (IllegalArgumentException e) {
            return new JsonString(text);
        }
    }
}
