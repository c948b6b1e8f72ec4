package dev.agentos.invocation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.invocation.checks.CheckedThing;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.policy.Decision;
import dev.agentos.policy.GateCheck;
import dev.agentos.policy.GateRecord;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.spi.JsonObject;
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

/** Makes the checks of rules, and keeps evidence of each before anything goes on. */
final class GateChecks {

    private static final int LONGEST_DETAIL = 500;

    private final Policies policies;
    private final GateRecordStore records;
    private final InstantSource clock;
    private volatile Judging judging = (scope, judge, text) -> Optional.of("there is nobody to ask the judge");
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
        Optional<String> objection(CallScope scope, GateCheck.Judge judge, String text);
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

    /** The first rule in force that denies what its scan finds something in. */
    Optional<Decision.Match> found(PolicyCall call, Decision decision) {
        for (Decision.Match match : decision.matches()) {
            List<String> scan =
                    match.rule().terms().check().map(GateCheck::scan).orElse(List.of());
            if (!scan.isEmpty()) {
                Optional<String> problem = new CheckedThing(
                                call.point(), true, call.arguments().apply(UnaryOperator.identity()))
                        .objection(new GateCheck(scan, Optional.empty(), Optional.empty(), Optional.empty()));
                keep(call, match, problem);
                if (problem.isPresent() && match.rule().enforced()) {
                    return Optional.of(match);
                }
            }
        }
        return Optional.empty();
    }

    /** The dearest last. */
    private Optional<String> problem(GateCheck check, PolicyCall call) {
        if (call.point() == PolicyPoint.MODEL) {
            return policies.objection(check, call.question(), Optional.empty());
        }
        CheckedThing thing = new CheckedThing(
                call.point(),
                call.kind().equals(PolicyPoint.TOOL.word()),
                call.arguments().apply(UnaryOperator.identity()));
        return thing.objection(check)
                .or(() -> policies.objection(check, call.question(), Optional.empty()))
                .or(() -> check.judge()
                        .flatMap(
                                judge -> thing.judged().flatMap(text -> judging.objection(call.scope(), judge, text))));
    }

    /** What a judge objects to. */
    Optional<String> objection(CallScope scope, GateCheck.Judge judge, String text) {
        return judging.objection(scope, judge, text);
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
        String detail = CheckedThing.withoutSecrets(problem.orElse(""));
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
                        Failure.storable(detail.substring(0, Math.min(detail.length(), LONGEST_DETAIL)))));
        kept.put(key, true);
    }
}
