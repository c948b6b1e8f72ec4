package dev.agentos.policy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval.Standing;
import dev.agentos.policy.Approval.State;
import dev.agentos.policy.Approval.Vote;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks people, and keeps what they said. Who began an execution cannot agree to what it wants to do; who agrees names
 * what he has seen; one decision counts, and it is about these arguments and no others.
 */
public final class Approvals {

    private static final Logger LOG = LoggerFactory.getLogger(Approvals.class);
    private static final int AT_ONCE = 100;

    private final ApprovalStore store;
    private final Ids ids;
    private final InstantSource clock;
    private volatile Predicate<Approval> executions = approval -> true;
    private volatile Function<String, Set<String>> behind = Set::of;
    private volatile Function<Approval, Set<String>> editors = approval -> Set.of();
    private volatile BiConsumer<Approval, JsonObject> edits = (approval, arguments) -> {};
    private volatile Consumer<Approval> escalations = approval -> {};
    private volatile Consumer<Optional<TenantId>> changes = tenant -> {};

    /** The last that was told by a sweep. Many whose execution does not take it yet must not keep it from others. */
    private volatile String passed = "";

    /** Approvals kept in that store. */
    public Approvals(ApprovalStore store, Ids ids, InstantSource clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Whom to tell of a decision, and of an escalation.
     *
     * @param listener lets the execution go on; false when it has to be told again later
     */
    public void onDecision(Predicate<Approval> listener) {
        executions = listener;
    }

    /**
     * How to know that two principals may be one person.
     *
     * @param people the ids of all who may be behind the principal of an id; two that have one in common may be the
     *     same
     */
    public void knowBy(Function<String, Set<String>> people) {
        behind = people;
    }

    /**
     * How to know who has changed the state of the execution that asks.
     *
     * @param known the ids of the principals; they cannot agree either
     */
    public void knowEditorsBy(Function<Approval, Set<String>> known) {
        editors = known;
    }

    /**
     * What looks at other arguments before somebody agrees to them.
     *
     * @param check fails when they cannot be used
     */
    public void checkEditsBy(BiConsumer<Approval, JsonObject> check) {
        edits = check;
    }

    /**
     * Whom to tell of what was escalated because nobody had decided.
     *
     * @param listener must not block
     */
    public void onEscalation(Consumer<Approval> listener) {
        escalations = listener;
    }

    /**
     * Whom to tell of what was asked, and of what happened to it without a person.
     *
     * @param listener is told whose it is, empty for the platform's; must not block
     */
    public void onChange(Consumer<Optional<TenantId>> listener) {
        changes = listener;
    }

    /**
     * Asks, unless the same was asked before.
     *
     * @param rule what wants it and why, told as a rule of a policy is
     * @param terms who has to agree
     */
    public Approval ask(TenantId tenant, Approval.Asked asked, JsonObject rule, ApprovalTerms terms) {
        return ask(Optional.of(tenant), asked, rule, terms);
    }

    /**
     * The same, also of the platform.
     *
     * @param tenant whose people are asked; administrators of the platform when empty
     */
    public Approval ask(Optional<TenantId> tenant, Approval.Asked asked, Decision.Match match) {
        return ask(tenant, asked, match.toJson(), match.rule().terms().approval());
    }

    private Approval ask(Optional<TenantId> tenant, Approval.Asked asked, JsonObject rule, ApprovalTerms terms) {
        Optional<Approval> before = store.asked(tenant, asked.execution(), asked.effect(), asked.digest());
        if (before.isPresent()) {
            return before.get();
        }
        Instant now = now();
        Approval asking = store.ask(new Approval(
                ids.next("apr"),
                tenant,
                asked.shown(),
                rule,
                terms,
                State.PENDING,
                new Standing(
                        ids.secret(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        terms.escalatesAt(now)),
                1,
                new Approval.Times(now, now.plus(terms.within()), Optional.empty())));
        changes.accept(tenant);
        return asking;
    }

    /**
     * Asks for a call that rules want to be agreed to now: once more, when what was agreed to before was asked for on
     * terms that are not theirs.
     *
     * @param terms of all rules in force that want it
     */
    public Approval askAsNow(Optional<TenantId> tenant, Approval.Asked asked, JsonObject rule, ApprovalTerms terms) {
        Approval approval = ask(tenant, asked, rule, terms);
        // What was edited is asked about as it is now, and not as it came.
        boolean asIs = approval.agreedDigest().equals(asked.digest());
        return approval.state() == State.APPROVED && asIs && !approval.covers(terms)
                ? askAsNow(tenant, asked.again(), rule, terms)
                : approval;
    }

    /** Whether just this was agreed to, by all whom these terms want. */
    public boolean agreed(TenantId tenant, Approval.Asked asked, ApprovalTerms terms) {
        return store.agreed(Optional.of(tenant), asked, terms);
    }

    /**
     * Approvals in that state, or all, the newest first.
     *
     * @param platform with the platform's, too
     */
    public Page<Approval> list(
            Optional<TenantId> tenant, boolean platform, Optional<State> state, PageRequest request) {
        return store.list(tenant, platform, state, request);
    }

    /** What was asked before with that effect and those arguments. */
    public Optional<Approval> asked(Optional<TenantId> tenant, Approval.Asked asked) {
        return store.asked(tenant, asked.execution(), asked.effect(), asked.digest());
    }

    /** The approval of that id; {@code policy:UNKNOWN_APPROVAL}. */
    public Approval require(Optional<TenantId> tenant, String id) {
        return find(tenant, id).orElseThrow(() -> unknown(id));
    }

    /** The same; empty when there is none. */
    public Optional<Approval> find(Optional<TenantId> tenant, String id) {
        return store.find(tenant, id);
    }

    /** The failure of whoever names an approval that is not there. */
    public static AgentOsException unknown(String id) {
        return new AgentOsException(
                PolicyErrorCode.UNKNOWN_APPROVAL,
                "There is no approval '" + id + "'.",
                "List the approvals with GET /api/v1/approvals.");
    }

    /**
     * What somebody decides.
     *
     * @param who decides
     * @param nonce of the standing that he has seen
     * @param reason why
     */
    public record Ballot(Principal who, String nonce, Optional<String> reason) {}

    /**
     * Agrees. With the last one that the terms ask for it may be done.
     *
     * @param edited the arguments as they are to be instead; votes for others are gone then
     * @throws AgentOsException {@code policy:UNKNOWN_APPROVAL}, {@code policy:APPROVAL_OVER},
     *     {@code policy:APPROVAL_CHANGED}, {@code policy:SELF_APPROVAL}, {@code policy:NOT_ASSIGNED},
     *     {@code policy:ALREADY_AGREED}
     * @throws InvalidInputException for other arguments of what nobody edits, or that cannot be used
     */
    public Approval approve(Optional<TenantId> tenant, String id, Ballot ballot, Optional<JsonObject> edited) {
        Approval before = open(tenant, id, ballot);
        requireAnother(before, ballot.who().id());
        boolean chained = !before.terms().chain().isEmpty();
        if (chained && voted(before, ballot.who().id())) {
            throw new AgentOsException(
                    PolicyErrorCode.ALREADY_AGREED,
                    "You have agreed to this already, maybe with another key, and each step needs somebody else.",
                    "Let another one of " + before.deciders().orElse("those who may") + " decide.");
        }
        boolean same = edited.isEmpty() || edited.get().equals(before.arguments());
        if (!same && !before.editable()) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/arguments",
                    "This is agreed to as it was asked, or refused.",
                    "Leave the arguments out; let somebody ask for something else.");
        }
        if (!same) {
            edits.accept(before, Approval.shown(edited.orElseThrow()));
        }
        Instant now = now();
        List<Vote> votes = new ArrayList<>(same ? before.standing().votes() : List.of());
        votes.removeIf(vote -> same(vote.by(), ballot.who().id()));
        // What is edited in the middle of a chain goes through all of it.
        if (same || !chained || before.standing().votes().isEmpty()) {
            votes.add(vote(before, ballot, true, now));
        }
        Optional<JsonObject> proposed = same ? before.standing().proposed() : edited;
        if (votes.size() >= before.terms().people()) {
            Standing last = before.standing();
            return decided(before.changed(
                    State.APPROVED,
                    new Standing(ids.secret(), votes, proposed, last.assignee(), last.escalated(), Optional.empty()),
                    Optional.of(now)));
        }
        return decided(before.changed(
                State.PENDING,
                new Standing(
                        ids.secret(),
                        votes,
                        proposed,
                        Optional.empty(),
                        chained ? Optional.empty() : before.standing().escalated(),
                        chained
                                ? before.terms().escalatesAt(now)
                                : before.standing().escalatesAt()),
                Optional.empty()));
    }

    private static Vote vote(Approval before, Ballot ballot, boolean agreed, Instant now) {
        return new Vote(
                ballot.who().id(),
                agreed,
                ballot.reason(),
                now,
                before.standing().escalated());
    }

    /** Refuses, once and for all; fails as {@link #approve}, save that who began the execution may. */
    public Approval reject(Optional<TenantId> tenant, String id, Ballot ballot) {
        Approval before = open(tenant, id, ballot);
        Instant now = now();
        Vote vote = vote(before, ballot, false, now);
        Standing last = before.standing();
        return decided(before.changed(
                State.REJECTED,
                new Standing(
                        ids.secret(),
                        List.of(vote),
                        last.proposed(),
                        last.assignee(),
                        last.escalated(),
                        Optional.empty()),
                Optional.of(now)));
    }

    /** Leaves the next decision to somebody who could take it, and alone may then; fails as {@link #approve}. */
    public Approval delegate(Optional<TenantId> tenant, String id, Ballot ballot, Principal to) {
        Approval before = open(tenant, id, ballot);
        requireAnother(before, to.id());
        before.audience().ifPresent(audience -> requireAmong(audience, to));
        return left(before, to.id());
    }

    /**
     * Leaves the next decision to a group: whoever is in it then, has the right, is among those who could take it
     * anyway and did not begin the execution. Fails as {@link #approve}.
     *
     * @param name of a group of the tenant
     */
    public Approval delegateToGroup(Optional<TenantId> tenant, String id, Ballot ballot, String name) {
        return left(open(tenant, id, ballot), Approval.GROUP + name);
    }

    private Approval left(Approval before, String to) {
        Standing last = before.standing();
        return decided(before.changed(
                State.PENDING,
                new Standing(
                        ids.secret(),
                        last.votes(),
                        last.proposed(),
                        Optional.of(to),
                        last.escalated(),
                        last.escalatesAt()),
                Optional.empty()));
    }

    /**
     * Lets those decide whom the rule names for that, or else owners: for good, or in a chain at this step. Nobody
     * chooses them, so that whoever may decide can ask for it, even when the decision was left to somebody.
     *
     * @throws AgentOsException {@code policy:UNKNOWN_APPROVAL}, {@code policy:APPROVAL_OVER},
     *     {@code policy:APPROVAL_CHANGED}, {@code policy:ALREADY_ESCALATED}
     */
    public Approval escalate(Optional<TenantId> tenant, String id, Ballot ballot) {
        Approval before = pending(tenant, id);
        requireSeen(before, ballot);
        if (before.standing().escalated().isPresent()) {
            throw new AgentOsException(
                    PolicyErrorCode.ALREADY_ESCALATED,
                    "It was escalated to " + before.standing().escalated().get() + " already.",
                    "Ask one of those, or an administrator of the platform, to decide.");
        }
        Approval after = before.escalated(ids.secret());
        if (!store.change(after)) {
            throw changed();
        }
        tell(after);
        return after;
    }

    /** Another server may have been first, or somebody may have decided: then there is nothing to do. */
    private void escalateDue() {
        Instant now = now();
        for (ApprovalStore.Key due : store.toEscalate(now, AT_ONCE)) {
            store.find(due)
                    .filter(one -> one.due(now))
                    .map(one -> one.escalated(ids.secret()))
                    .filter(store::change)
                    .ifPresent(after -> {
                        escalations.accept(after);
                        tell(after);
                    });
        }
    }

    private boolean same(String one, String other) {
        return one.equals(other) || !Collections.disjoint(behind.apply(one), behind.apply(other));
    }

    private boolean voted(Approval approval, String principal) {
        return approval.standing().votes().stream().anyMatch(vote -> same(vote.by(), principal));
    }

    /**
     * Whether the principal of that id may be whoever began what is asked about or has written in its state since, or
     * have made their credential.
     */
    public boolean began(Approval approval, String principal) {
        return approval.asked().startedBy().filter(id -> same(id, principal)).isPresent()
                || editors.apply(approval).stream().anyMatch(id -> same(id, principal));
    }

    private void requireAnother(Approval approval, String principal) {
        if (began(approval, principal)) {
            throw new AgentOsException(
                    PolicyErrorCode.SELF_APPROVAL,
                    "Who began it, or has changed its state, cannot agree to it, nor with a key that they, or whoever"
                            + " made their key, have made.",
                    "Let another person decide, as themselves or with a key that they made.");
        }
    }

    private Approval open(Optional<TenantId> tenant, String id, Ballot ballot) {
        Approval approval = pending(tenant, id);
        if (tenant.isEmpty() && !ballot.who().platform()) {
            throw unknown(id);
        }
        approval.deciders().ifPresent(deciders -> requireAmong(deciders, ballot.who()));
        // Who could take it when it was left to them may have lost that role or group since.
        approval.audience().ifPresent(audience -> requireAmong(audience, ballot.who()));
        requireSeen(approval, ballot);
        return approval;
    }

    private Approval pending(Optional<TenantId> tenant, String id) {
        Approval approval = require(tenant, id);
        if (approval.state() != State.PENDING || !approval.times().expiresAt().isAfter(clock.instant())) {
            throw new AgentOsException(
                    PolicyErrorCode.APPROVAL_OVER,
                    "The approval is " + (approval.state() == State.PENDING ? State.EXPIRED : approval.state())
                            + ", and that is final.",
                    "Look at what waited for it, which knows.");
        }
        return approval;
    }

    private static void requireSeen(Approval approval, Ballot ballot) {
        if (!approval.standing().nonce().equals(ballot.nonce())) {
            throw changed();
        }
    }

    private static void requireAmong(String deciders, Principal who) {
        if (!who.platform() && !who.isAmong(deciders)) {
            throw new AgentOsException(
                    PolicyErrorCode.NOT_ASSIGNED,
                    "The decision is that of " + deciders + ", and '" + who.id() + "' is not among them.",
                    "Ask one of those, or an administrator of the platform.");
        }
    }

    private Approval decided(Approval after) {
        if (!store.change(after)) {
            throw changed();
        }
        if (after.state() != State.PENDING) {
            tell(after);
        }
        return after;
    }

    private static AgentOsException changed() {
        return new AgentOsException(
                PolicyErrorCode.APPROVAL_CHANGED,
                "The approval is not any more what was seen: the nonce is of another standing.",
                "Read it again, and decide on what it says now.");
    }

    private void tell(Approval approval) {
        changes.accept(approval.tenant());
        pass(approval);
    }

    private void pass(Approval approval) {
        try {
            if (executions.test(approval)) {
                store.told(approval, now());
            }
        } catch (RuntimeException e) {
            LOG.warn("{} was not told of approval {} yet", approval.asked().execution(), approval.id(), e);
        }
    }

    /**
     * Ends what is over, escalates what is due, and tells executions what they were not told; now and then, anywhere.
     */
    public void sweep() {
        store.expire(now()).forEach(changes);
        escalateDue();
        List<ApprovalStore.Key> untold = store.untold(passed, AT_ONCE);
        untold.forEach(key -> store.find(key).filter(Approval::tells).ifPresent(this::pass));
        passed = untold.size() < AT_ONCE ? "" : untold.getLast().id();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
