package dev.agentos.invocation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.policy.Decision;
import dev.agentos.policy.GateCheck;
import dev.agentos.policy.GateRecord;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.redaction.Detectors;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Makes the checks of rules, and keeps evidence of each before anything goes on. */
final class GateChecks {

    private static final int LONGEST_DETAIL = 500;

    private final Policies policies;
    private final GateRecordStore records;
    private final InstantSource clock;
    private volatile Judging judging = (call, judge, text) -> Optional.of("there is nobody to ask the judge");
    private final Ids ids = Ids.system();
    private final Cache<String, Boolean> kept = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();

    GateChecks(Policies policies, GateRecordStore records, InstantSource clock) {
        this.policies = policies;
        this.records = records;
        this.clock = clock;
    }

    /** Asks a second model about a text; answers what it objects to. */
    @FunctionalInterface
    interface Judging {
        Optional<String> objection(PolicyCall call, GateCheck.Judge judge, String text);
    }

    /** By whom models are asked; nobody's until then, and what cannot be judged fails. */
    void judgeBy(Judging door) {
        judging = door;
    }

    /**
     * A decision after all checks.
     *
     * @param decision without the rules whose checks were passed
     * @param problem what the deciding rule's check has found; empty when it has none
     */
    record Checked(Decision decision, Optional<String> problem) {}

    /** The decision without the rules whose checks this passes. */
    Checked checked(PolicyCall call, Decision decision) {
        List<Decision.Match> passed = new ArrayList<>();
        Map<Decision.Match, String> problems = new IdentityHashMap<>();
        for (Decision.Match match : decision.matches()) {
            Optional<GateCheck> check = match.rule().terms().check();
            if (check.isPresent()) {
                Optional<String> problem = problem(check.get(), call);
                keep(call, match, problem);
                problem.ifPresentOrElse(found -> problems.put(match, found), () -> passed.add(match));
            }
        }
        Decision left = decision.without(passed);
        return new Checked(left, left.deciding().flatMap(match -> Optional.ofNullable(problems.get(match))));
    }

    /** The dearest last. */
    private Optional<String> problem(GateCheck check, PolicyCall call) {
        if (call.point() == PolicyPoint.MODEL) {
            return policies.objection(check, call.question());
        }
        JsonObject whole = call.arguments().apply(UnaryOperator.identity());
        return scanned(check.scan(), whole)
                .or(() -> check.schema().flatMap(schema -> unfit(schema, call, whole)))
                .or(() -> policies.objection(check, call.question()))
                .or(() -> check.judge().flatMap(judge -> judged(judge, call, whole)));
    }

    private Optional<String> judged(GateCheck.Judge judge, PolicyCall call, JsonObject whole) {
        if (call.kind().equals(PolicyPoint.TOOL.word())) {
            return whole.member("value").flatMap(value -> judging.objection(call, judge, value.toString()));
        }
        return asking(whole)
                ? Optional.empty()
                : whole.text("text").flatMap(text -> judging.objection(call, judge, text));
    }

    /** What asks for tools is no answer yet. */
    private static boolean asking(JsonObject whole) {
        return whole.array("asked").filter(asked -> asked.size() > 0).isPresent();
    }

    private static Optional<String> scanned(List<String> detectors, JsonObject whole) {
        if (detectors.isEmpty()) {
            return Optional.empty();
        }
        Redactor scanner = redactor(detectors);
        boolean clean = scanner.object(whole).equals(whole) && scanner.found().isEmpty();
        return clean
                ? Optional.empty()
                : Optional.of(scanner.found().entrySet().stream()
                        .map(one -> "found " + one.getKey() + " (" + one.getValue() + ")")
                        .collect(Collectors.joining(", ")));
    }

    private static Optional<String> unfit(JsonObject schema, PolicyCall call, JsonObject whole) {
        if (call.point() == PolicyPoint.TOOL) {
            return unfit(schema, whole);
        }
        if (call.kind().equals(PolicyPoint.TOOL.word())) {
            return whole.member("value").flatMap(value -> unfit(schema, value));
        }
        return asking(whole) ? Optional.empty() : whole.text("text").flatMap(text -> written(schema, text));
    }

    /** A model writes JSON as text. */
    private static Optional<String> written(JsonObject schema, String text) {
        try {
            return unfit(schema, JsonValue.parse(text.strip()));
        } catch (IllegalArgumentException e) {
            return Optional.of("it is no JSON");
        }
    }

    /** What cannot be checked is not right. */
    private static Optional<String> unfit(JsonObject schema, JsonValue value) {
        try {
            List<Fault> faults = Schemas.check(schema, value, "");
            return faults.stream().findFirst().map(fault -> "'" + fault.pointer() + "': " + fault.message());
        } catch (AgentOsException e) {
            return Optional.of("the schema cannot be used: " + e.getMessage());
        }
    }

    /** A node that has asked before it calls is asked again when it does, which is one check. */
    private void keep(PolicyCall call, Decision.Match match, Optional<String> problem) {
        Optional<String> execution = call.scope().execution();
        String key = String.join(
                " ",
                call.scope().tenant(),
                call.scope().idempotencyKey(),
                call.about(),
                match.policy(),
                match.rule().id(),
                problem.orElse(""));
        if (execution.isEmpty() || kept.getIfPresent(key) != null) {
            return;
        }
        String detail =
                redactor(List.of(Detectors.CREDENTIALS, Detectors.PERSONAL)).text(problem.orElse(""));
        records.add(
                new TenantId(call.scope().tenant()),
                new GateRecord(
                        ids.next("gat"),
                        execution.get(),
                        clock.instant().truncatedTo(ChronoUnit.MICROS),
                        call.about(),
                        JsonObject.of(
                                "owner", match.owner(),
                                "policy", match.policy(),
                                "version", match.version(),
                                "rule", match.rule().id()),
                        match.rule().enforced() ? "enforce" : "dry-run",
                        problem.isEmpty() ? GateRecord.Outcome.PASSED : GateRecord.Outcome.FAILED,
                        detail.length() <= LONGEST_DETAIL ? detail : detail.substring(0, LONGEST_DETAIL)));
        kept.put(key, true);
    }

    private static Redactor redactor(List<String> detectors) {
        return Redactor.of(List.of(new RedactionTerms(detectors, Map.of(), RedactionMode.MASK)), Optional.empty());
    }
}
