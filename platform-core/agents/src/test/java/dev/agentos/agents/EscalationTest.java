package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Who decides one after the other, and who when nobody does. */
class EscalationTest extends RulesFixture {

    private static final String CHAIN = ", \"approval\": {\"chain\": [\"approver\", \"group:finance\"]}";

    private static Principal member(TenantId tenant, String id, Set<String> roles, Set<String> groups) {
        return new Principal(id, id, Optional.of(tenant), Rights.NONE, new Membership(roles, groups));
    }

    @Test
    void eachStepOfAChainIsSomebodyElseOfThatRole() {
        TenantId tenant = tenant(ASK, CHAIN);
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        assertThat(first.deciders()).contains("role:approver");
        Principal both = member(tenant, "usr_both", Set.of("approver"), Set.of("finance"));
        Principal payer = member(tenant, "usr_payer", Set.of("viewer"), Set.of("finance"));
        refused(PolicyErrorCode.NOT_ASSIGNED, () -> approve(tenant, payer, first));
        Approval second = approve(tenant, both, first);
        assertThat(second.state()).isEqualTo(Approval.State.PENDING);
        assertThat(second.deciders()).contains("group:finance");
        refused(PolicyErrorCode.ALREADY_AGREED, () -> approve(tenant, both, second));
        assertThat(approve(tenant, payer, second).state()).isEqualTo(Approval.State.APPROVED);
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void whatIsEditedInTheMiddleOfAChainGoesThroughAllOfItAndShowsTheDifference() {
        TenantId tenant = tenant(ASK, CHAIN);
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        Principal approver = member(tenant, "usr_a", Set.of("approver"), Set.of());
        Principal payer = member(tenant, "usr_payer", Set.of(), Set.of("finance"));
        Approval second = approve(tenant, approver, first);
        Approval edited = approvals.approve(
                Optional.of(tenant), first.id(), ballot(payer, second), Optional.of(JsonObject.of("n", 8)));
        assertThat(edited.state()).isEqualTo(Approval.State.PENDING);
        assertThat(edited.deciders()).contains("role:approver");
        assertThat(edited.standing().votes()).isEmpty();
        assertThat(edited.changes())
                .containsExactly(JsonObject.of(
                        "op", "replace", "pointer", "/n", "before", JsonNumber.of(7), "after", JsonNumber.of(8)));
        Approval again = approve(tenant, approver, edited);
        approve(tenant, payer, again);
        assertThat(echoed(execution)).contains(JsonObject.of("n", 8));
    }

    @Test
    void ownersDecideWhenSomebodyAsksForItAndTheExecutionTells() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        Principal anybody = member(tenant, "usr_any", Set.of("approver"), Set.of());
        Principal owner = member(tenant, "usr_owner", Set.of("owner"), Set.of());
        refused(
                PolicyErrorCode.APPROVAL_CHANGED,
                () -> approvals.escalate(
                        Optional.of(tenant), first.id(), new Approvals.Ballot(anybody, "guessed", Optional.empty())));
        Approval left = approvals.delegate(Optional.of(tenant), first.id(), ballot(anybody, first), person("key_away"));
        Approval up = approvals.escalate(Optional.of(tenant), first.id(), ballot(anybody, left));
        assertThat(up.deciders()).contains("role:owner");
        assertThat(up.times()).as("the deadline stays").isEqualTo(first.times());
        refused(
                PolicyErrorCode.ALREADY_ESCALATED,
                () -> approvals.escalate(Optional.of(tenant), first.id(), ballot(anybody, up)));
        refused(PolicyErrorCode.NOT_ASSIGNED, () -> approve(tenant, anybody, up));
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approvals.delegate(Optional.of(tenant), first.id(), ballot(owner, up), anybody));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(executions.events(tenant, execution.id(), 0, 100))
                        .filteredOn(event -> event.draft().type().equals(ExecutionEvent.WAITING))
                        .last()
                        .satisfies(event ->
                                assertThat(event.draft().data().toString()).contains("\"deciders\":\"role:owner\"")));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> executions.require(tenant, execution.id()).state() == ExecutionState.WAITING);
        approve(tenant, owner, up);
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void whatNobodyDecidesIsEscalatedOnce() {
        TenantId tenant = tenant(
                ASK,
                ", \"approval\": {\"within\": \"PT4H\", \"escalate\": {\"after\": \"PT1H\", \"to\": \"usr_boss\"}}");
        echo(tenant);
        Approval first = open(tenant);
        List<Approval> told = new CopyOnWriteArrayList<>();
        approvals.onEscalation(told::add);
        approvals.sweep();
        assertThat(open(tenant)).isEqualTo(first);
        clock.moved = Duration.ofMinutes(61);
        try {
            approvals.sweep();
            approvals.sweep();
            Approval up = open(tenant);
            assertThat(told)
                    .filteredOn(one -> one.tenant().equals(Optional.of(tenant)))
                    .containsExactly(up);
            assertThat(up.deciders()).contains("usr_boss");
            assertThat(up.standing().escalatesAt()).isEmpty();
            refused(
                    PolicyErrorCode.APPROVAL_CHANGED,
                    () -> approvals.approve(
                            Optional.of(tenant),
                            up.id(),
                            ballot(member(tenant, "usr_boss", Set.of(), Set.of()), first),
                            Optional.empty()));
            approve(tenant, member(tenant, "usr_boss", Set.of(), Set.of()), up);
        } finally {
            clock.moved = Duration.ZERO;
        }
    }

    @Test
    void termsThatMakeNoSenseAreRefusedWithTheirPlaces() {
        for (String wrong : List.of(
                "{\"chain\": []}",
                "{\"chain\": [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]}",
                "{\"chain\": [\"user:x\"]}",
                "{\"chain\": [7]}",
                "{\"chain\": [\"approver\"], \"people\": 2}",
                "{\"escalate\": {\"after\": \"PT1H\"}}",
                "{\"escalate\": {\"to\": \"owner\"}}",
                "{\"escalate\": {\"to\": \"role:owner\", \"after\": \"soon\"}}",
                "{\"escalate\": {\"to\": \"role:owner\", \"later\": 1}}",
                "{\"within\": \"PT1H\", \"escalate\": {\"to\": \"role:owner\", \"after\": \"PT1H\"}}")) {
            assertThatThrownBy(() -> tenant(ASK, ", \"approval\": " + wrong))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            InvalidInputException.class,
                            e -> assertThat(e.faults())
                                    .singleElement()
                                    .satisfies(
                                            fault -> assertThat(fault.pointer()).startsWith("/rules/0/approval/")));
        }
    }

    private Approval approve(TenantId tenant, Principal who, Approval seen) {
        return approvals.approve(Optional.of(tenant), seen.id(), ballot(who, seen), Optional.empty());
    }

    @Test
    void aGroupToWhichItIsLeftDecidesSaveWhoBeganIt() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        Principal anybody = member(tenant, "usr_any", Set.of("approver"), Set.of());
        Principal payer = member(tenant, "usr_payer", Set.of(), Set.of("finance"));
        Principal starter = member(tenant, STARTER, Set.of(), Set.of("finance"));
        Approval left = approvals.delegateToGroup(Optional.of(tenant), first.id(), ballot(anybody, first), "finance");
        assertThat(left.deciders()).contains("group:finance");
        refused(PolicyErrorCode.APPROVAL_CHANGED, () -> approve(tenant, payer, first));
        refused(PolicyErrorCode.NOT_ASSIGNED, () -> approve(tenant, anybody, left));
        refused(PolicyErrorCode.SELF_APPROVAL, () -> approve(tenant, starter, left));
        assertThat(approve(tenant, payer, left).state()).isEqualTo(Approval.State.APPROVED);
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void aGroupIsNoWayAroundAChain() {
        TenantId tenant = tenant(ASK, CHAIN);
        echo(tenant);
        Approval first = open(tenant);
        Principal approver = member(tenant, "usr_a", Set.of("approver"), Set.of());
        Principal friend = member(tenant, "usr_friend", Set.of("viewer"), Set.of("friends"));
        Principal both = member(tenant, "usr_both", Set.of("approver"), Set.of("friends"));
        Approval left = approvals.delegateToGroup(Optional.of(tenant), first.id(), ballot(approver, first), "friends");
        refused(PolicyErrorCode.NOT_ASSIGNED, () -> approve(tenant, friend, left));
        refused(PolicyErrorCode.NOT_ASSIGNED, () -> approve(tenant, approver, left));
        assertThat(approve(tenant, both, left).deciders()).contains("group:finance");
    }

    @Test
    void whoHasLostTheRoleDoesNotDecideWhatWasLeftToThem() {
        TenantId tenant = tenant(ASK, CHAIN);
        echo(tenant);
        Approval first = open(tenant);
        Principal approver = member(tenant, "usr_a", Set.of("approver"), Set.of());
        Principal other = member(tenant, "usr_b", Set.of("approver"), Set.of());
        Approval left = approvals.delegate(Optional.of(tenant), first.id(), ballot(approver, first), other);
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approve(tenant, member(tenant, "usr_b", Set.of("viewer"), Set.of()), left));
        assertThat(approve(tenant, other, left).deciders()).contains("group:finance");
    }

    @Test
    void aPauseHoldsWhatPeopleHaveDecided() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        executions.pause(tenant, execution.id());
        approve(tenant, person("key_other"), open(tenant));
        approvals.sweep();
        approvals.sweep();
        Execution held = executions.require(tenant, execution.id());
        assertThat(held.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(held.progress().pauseRequested()).isTrue();
        assertThat(echoes(tenant)).isZero();
        executions.resume(tenant, execution.id(), new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of()));
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void aPauseHoldsWhatNobodyHasDecidedInTime() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval asked = open(tenant);
        executions.pause(tenant, execution.id());
        clock.moved = Duration.ofHours(25);
        try {
            approvals.sweep();
            approvals.sweep();
        } finally {
            clock.moved = Duration.ZERO;
        }
        assertThat(approvals.require(Optional.of(tenant), asked.id()).state()).isEqualTo(Approval.State.EXPIRED);
        assertThat(executions.require(tenant, execution.id()).state()).isEqualTo(ExecutionState.WAITING);
        executions.resume(tenant, execution.id(), new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of()));
        assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
        assertThat(echoes(tenant)).isZero();
    }

    /** Many of one tenant whose executions are held must not keep those of others from being told. */
    @Test
    void manyThatCannotBeToldYetDoNotKeepOthersWaiting() {
        TenantId tenant = tenant(ASK, "");
        Approvals many = new Approvals(new MemoryApprovalStore(), ids, clock);
        List<String> told = new CopyOnWriteArrayList<>();
        many.onDecision(approval -> {
            boolean held = approval.asked().execution().startsWith("exe_held");
            if (!held) {
                told.add(approval.asked().execution());
            }
            return !held;
        });
        for (int i = 0; i < 250; i++) {
            ask(many, tenant, "exe_held" + i);
        }
        ask(many, tenant, "exe_last");
        clock.moved = Duration.ofHours(25);
        try {
            for (int i = 0; i < 3; i++) {
                many.sweep();
            }
        } finally {
            clock.moved = Duration.ZERO;
        }
        assertThat(told).containsExactly("exe_last");
    }

    private static void ask(Approvals approvals, TenantId tenant, String execution) {
        approvals.ask(
                tenant,
                new Approval.Asked(execution, "effect", "tool", "bench.echo", JsonObject.EMPTY, Optional.empty()),
                JsonObject.EMPTY,
                ApprovalTerms.USUAL);
    }
}
