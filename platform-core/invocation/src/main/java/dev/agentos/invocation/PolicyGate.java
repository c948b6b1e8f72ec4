package dev.agentos.invocation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.Limits;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Decision;
import dev.agentos.policy.GateCheck;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.RuleEffect;
import dev.agentos.redaction.ChatRedaction;
import dev.agentos.redaction.Redactions;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Asks the rules before a tool or a model is called, and people where the rules want it. Every call passes
 * {@link #require}, whoever makes it; a node that can wait asks {@link #clear} before, which also asks people.
 */
public final class PolicyGate {

    private static final long FIRST_PAUSE = 10;
    private static final int MOST_DOUBLINGS = 5;

    /** How often arguments are edited of which each is asked about anew. */
    private static final int MOST_EDITS = 10;

    private static final Duration TOLD = Duration.ofMinutes(1);

    private final Policies policies;
    private final Approvals approvals;
    private final Redactions redactions;
    private final GateChecks checks;
    private final RuleLimits limits;
    private final InstantSource clock;
    private final Cache<String, Boolean> told =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(TOLD).build();

    /** A gate of those rules and approvals, and what rules replace. */
    public PolicyGate(
            Policies policies,
            Approvals approvals,
            Redactions redactions,
            GateRecordStore records,
            RuleLimits limits,
            InstantSource clock) {
        this.policies = policies;
        this.approvals = approvals;
        this.redactions = redactions;
        this.checks = new GateChecks(policies, records, clock);
        this.limits = limits;
        this.clock = clock;
    }

    /** A gate without rules, for a runtime without a database. */
    public static PolicyGate open() {
        InstantSource clock = InstantSource.system();
        return new PolicyGate(
                new Policies(new MemoryPolicyStore(), clock),
                new Approvals(new MemoryApprovalStore(), Ids.system(), clock),
                Redactions.inMemory(),
                GateRecordStore.inMemory(),
                new RuleLimits(Limits.inMemory().rates()),
                clock);
    }

    /** What a node may do. */
    public sealed interface Clearance {

        /**
         * It may make the call.
         *
         * @param arguments with these, which a person may have edited
         */
        record Given(JsonObject arguments) implements Clearance {}

        /**
         * It has to wait.
         *
         * @param approval for that
         */
        record Awaited(Approval approval) implements Clearance {}
    }

    /**
     * Asks for a node, which waits when people are to be asked.
     *
     * @throws AgentOsException {@code policy:DENIED} or {@code policy:REJECTED}
     */
    Clearance clear(PolicyCall call) {
        Decision decision = decide(call);
        Optional<String> execution = call.scope().execution();
        if (decision.effect() != RuleEffect.REQUIRE_APPROVAL || execution.isEmpty()) {
            pass(call, decision);
            return new Clearance.Given(call.arguments().apply(UnaryOperator.identity()));
        }
        if (agreed(call, decision, execution.get())) {
            return new Clearance.Given(call.arguments().apply(UnaryOperator.identity()));
        }
        Approval approval = asked(call, decision, execution.get());
        return switch (approval.state()) {
            case APPROVED -> new Clearance.Given(approval.arguments());
            case PENDING -> new Clearance.Awaited(approval);
            case REJECTED, EXPIRED, WITHDRAWN -> throw rejected(call, approval);
        };
    }

    /**
     * The same where people may edit the arguments: who edits them past another rule has not agreed for those whom that
     * one asks.
     *
     * @param calling the call with those arguments
     */
    Clearance clear(Function<JsonObject, PolicyCall> calling, JsonObject arguments) {
        JsonObject asked = arguments;
        for (int edits = 0; ; edits++) {
            Clearance clearance = clear(calling.apply(asked));
            if (edits == MOST_EDITS
                    || !(clearance instanceof Clearance.Given(JsonObject given))
                    || given.equals(asked)) {
                return clearance;
            }
            asked = given;
        }
    }

    /**
     * Lets a call pass or not.
     *
     * @throws AgentOsException {@code policy:DENIED}, {@code policy:APPROVAL_IMPOSSIBLE},
     *     {@code policy:APPROVAL_AWAITED} or {@code policy:REJECTED}
     */
    void require(PolicyCall call) {
        Decision decision = decide(call);
        pass(call, decision);
        count(call, decision);
    }

    /**
     * Lets a call pass or not.
     *
     * @return what passes, with everything replaced that rules name
     * @throws AgentOsException {@code policy:DENIED}, {@code policy:APPROVAL_IMPOSSIBLE},
     *     {@code policy:APPROVAL_AWAITED} or {@code policy:REJECTED}
     */
    <T> T require(PolicyCall call, T what, BiFunction<ChatRedaction, T, T> replacing) {
        Decision decision = decide(call);
        pass(call, decision);
        count(call, decision);
        Optional<Redactor> redactor = redactor(call, decision);
        T passing = redactor.map(one -> replacing.apply(new ChatRedaction(one), what))
                .orElse(what);
        redactor.ifPresent(one -> keep(call, one));
        return passing;
    }

    /** Not when a node asks whether it may: only what is done counts. */
    private void count(PolicyCall call, Decision decision) {
        limits.count(call.question(), decision, call.named());
    }

    /**
     * What the rules come to about which model is asked.
     *
     * @throws AgentOsException {@code policy:DENIED}
     */
    Decision routed(PolicyCall call) {
        PolicyCall route = call.route();
        boolean silent = patiently(call, () -> policies.silent(Optional.of(call.tenant()), PolicyPoint.ROUTE));
        return silent ? Decision.FREE : judged(route);
    }

    /** Whether the rules would refuse a call whatever else is asked. */
    boolean denies(PolicyCall call) {
        return checks.checked(call, unchecked(call)).decision().effect() == RuleEffect.DENY;
    }

    /** Tells something of a call, once although a node that asks before it calls comes twice. */
    void tell(PolicyCall call, String event, JsonObject data) {
        String key = call.scope().idempotencyKey() + " " + event + " " + call.named();
        if (told.asMap().putIfAbsent(key, true) == null) {
            call.scope().events().emit(event, data);
        }
    }

    /**
     * What stands before what a call will give.
     *
     * @throws AgentOsException {@code policy:DENIED} when it could not pass whatever it is
     */
    OutputScreen screen(PolicyCall call) {
        PolicyCall output = call.output();
        boolean open = patiently(call, () -> policies.dependsOn(PolicyPoint.OUTPUT.word(), output.question()));
        return new OutputScreen(this, output, open ? Optional.empty() : Optional.of(judged(output)));
    }

    /**
     * What the rules come to.
     *
     * @throws AgentOsException {@code policy:DENIED}
     */
    Decision judged(PolicyCall call) {
        Decision decision = decide(call);
        decision.requireNotDenied(call.named());
        return decision;
    }

    /** What a decision replaces; empty for nothing. */
    Optional<Redactor> redactor(PolicyCall call, Decision decision) {
        return redactions.redactor(call.scope().tenant(), decision.redactions());
    }

    /** Keeps what tokens stand for, and tells how much was replaced, when it was done. */
    void keep(PolicyCall call, Redactor redactor) {
        remember(call, redactor);
        if (!redactor.found().isEmpty()) {
            call.scope()
                    .events()
                    .emit("redaction", JsonObject.of("about", call.about(), "found", JsonValue.of(redactor.found())));
        }
    }

    /** Keeps what tokens stand for. */
    void remember(PolicyCall call, Redactor redactor) {
        redactions.keep(call.scope().tenant(), redactor);
    }

    private static UnaryOperator<String> replacing(Optional<Redactor> redactor) {
        return redactor.<UnaryOperator<String>>map(one -> one::text).orElse(UnaryOperator.identity());
    }

    private static UnaryOperator<JsonObject> replacingAll(Optional<Redactor> redactor) {
        return redactor.<UnaryOperator<JsonObject>>map(one -> one::object).orElse(UnaryOperator.identity());
    }

    private void pass(PolicyCall call, Decision decision) {
        decision.requireNotDenied(call.named());
        if (decision.effect() != RuleEffect.REQUIRE_APPROVAL) {
            return;
        }
        Optional<String> execution = call.scope().execution();
        if (execution.isPresent()) {
            if (agreed(call, decision, execution.get())) {
                return;
            }
            Optional<Approval> awaited = call.scope().events().await(() -> asked(call, decision, execution.get()));
            if (awaited.isPresent()) {
                throw awaited(call, awaited.get());
            }
        }
        throw new AgentOsException(
                PolicyErrorCode.APPROVAL_IMPOSSIBLE,
                "A person has to agree to " + call.named() + ", and whoever calls it here cannot wait for that.",
                "Let a tool node of a graph call it, which waits for the answer.");
    }

    private boolean agreed(PolicyCall call, Decision decision, String execution) {
        return approvals.agreed(
                call.tenant(),
                call.asked(execution, replacing(redactor(call, decision))),
                decision.asking().orElseThrow().rule().terms().approval());
    }

    private Approval asked(PolicyCall call, Decision decision, String execution) {
        Optional<Redactor> redactor = redactor(call, decision);
        Approval.Asked asked = call.asked(execution, replacing(redactor));
        Decision.Match asking = decision.asking().orElseThrow();
        JsonObject rule = asking.toJson(replacingAll(redactor));
        redactor.ifPresent(one -> redactions.keep(call.scope().tenant(), one));
        return approvals.askAsNow(
                Optional.of(call.tenant()), asked, rule, asking.rule().terms().approval());
    }

    /** Why a plugin's call is not made now. Arguments that a person has edited cannot be given to a plugin's code. */
    private static AgentOsException awaited(PolicyCall call, Approval approval) {
        return switch (approval.state()) {
            case PENDING ->
                new AgentOsException(
                        PolicyErrorCode.APPROVAL_AWAITED,
                        "A person has to agree to " + call.named() + " first.",
                        "Let the failure pass: the node is run again when the approval " + approval.id()
                                + " is decided.");
            case APPROVED ->
                new AgentOsException(
                        PolicyErrorCode.REJECTED,
                        "The call of " + call.named()
                                + " was agreed to with other arguments, which a plugin's own call cannot take.",
                        "Agree to the arguments as they are, or let a tool node make the call; the approval is "
                                + approval.id() + ".");
            case REJECTED, EXPIRED, WITHDRAWN -> rejected(call, approval);
        };
    }

    private static AgentOsException rejected(PolicyCall call, Approval approval) {
        String why = approval.refusal();
        return new AgentOsException(
                PolicyErrorCode.REJECTED,
                "The call of " + call.named() + " " + why + (why.endsWith(".") ? "" : "."),
                "Do without it, or ask again in another execution; the approval is " + approval.id() + ".");
    }

    Decision decide(PolicyCall call) {
        return verdict(call).decision();
    }

    /** What the rules come to, and what the check of the rule that decides has found. */
    GateChecks.Checked verdict(PolicyCall call) {
        GateChecks.Checked checked = checks.checked(call, unchecked(call));
        told(call, checked.decision());
        return checked;
    }

    /** Where people are asked. */
    Approvals approvals() {
        return approvals;
    }

    /** By whom the judges of checks are asked. */
    void judgeBy(GateChecks.Judging door) {
        checks.judgeBy(door);
    }

    /**
     * What a judge objects to in a text; empty for a pass. Asking it is a call as any other.
     *
     * @param scope on whose behalf
     */
    public Optional<String> objection(CallScope scope, GateCheck.Judge judge, String text) {
        return checks.objection(scope, judge, text);
    }

    /**
     * Passes unless a scan finds something in what a call has failed by, or a rule without a check denies it. Nothing
     * else of a check can be said of that: it is no result of the tool's schema, and nobody's answer.
     *
     * @param decision if everything fails every check
     * @throws AgentOsException {@code policy:DENIED}
     */
    void requireClean(PolicyCall failed, Decision decision) {
        checks.found(failed, decision).or(() -> denying(decision)).ifPresent(match -> {
            Decision denied = new Decision(RuleEffect.DENY, Optional.of(match), Optional.empty(), List.of(match));
            told(failed, denied);
            denied.requireNotDenied(failed.named());
        });
    }

    /** The first rule in force whose condition alone denies; not one that could not be asked. */
    private static Optional<Decision.Match> denying(Decision decision) {
        return decision.matches().stream()
                .filter(match -> match.rule().enforced() && match.rule().effect() == RuleEffect.DENY)
                .filter(match ->
                        match.rule().terms().check().isEmpty() && match.error().isEmpty())
                .findFirst();
    }

    /** What the rules come to if everything fails every check. */
    Decision unchecked(PolicyCall call) {
        return patiently(call, () -> policies.decide(call.question()));
    }

    private void told(PolicyCall call, Decision decision) {
        boolean telling = decision.effect() == RuleEffect.DENY || decision.differsInDryRun();
        // A node that has asked before it calls is asked again when it does.
        if (telling && told.asMap().putIfAbsent(call.scope().idempotencyKey() + " " + call.named(), true) == null) {
            JsonObject shown = decision.toJson(replacingAll(redactor(call, decision)));
            call.scope().events().emit("policy", shown.with("about", call.about()));
        }
    }

    /** A database that is away for a while is to delay a call and not to fail it. */
    private <T> T patiently(PolicyCall call, Supplier<T> asking) {
        for (int tries = 0; ; tries++) {
            try {
                return asking.get();
            } catch (AgentOsException e) {
                boolean away = e.errorCode().equals(KernelErrorCode.DATABASE_UNAVAILABLE);
                if (!away
                        || call.scope().cancelled().getAsBoolean()
                        || !clock.instant().isBefore(call.scope().deadline())) {
                    throw e;
                }
                try {
                    Thread.sleep(FIRST_PAUSE << Math.min(tries, MOST_DOUBLINGS));
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }
}
