package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Rules before tools, and executions that wait for people. */
class ApprovalFlowTest extends RulesFixture {

    @Test
    void aDeniedToolIsNotCalledAndTheExecutionSaysWhy() {
        TenantId tenant = tenant("DENY", ", \"when\": \"tool.arguments.n > 5 && principal == 'key_starter'\"");
        Execution execution = echo(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(code(execution)).isEqualTo("policy:DENIED");
        assertThat(execution.failure().orElseThrow().message()).contains("'echo'", "Echoes are loud.");
        assertThat(echoes(tenant)).isZero();
        assertThat(executions.events(tenant, execution.id(), 0, 100))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.CUSTOM))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.draft().data().toString()).contains("\"policy\"", "\"tool.arguments.n\":7"));
    }

    @Test
    void aDryRunIsToldInTheExecutionsEvents() {
        TenantId tenant = tenant("DENY", ", \"mode\": \"dry-run\"");
        Execution execution = echo(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(executions.events(tenant, execution.id(), 0, 100))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.CUSTOM))
                .singleElement()
                .satisfies(event -> assertThat(event.draft().data().toString()).contains("\"dry-run\""));
    }

    @Test
    void anExecutionWaitsForAPersonAndGoesOnAtOnce() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(echoes(tenant)).isZero();
        Approval approval = open(tenant);
        assertThat(approval.asked().arguments()).isEqualTo(JsonObject.of("n", 7));
        assertThat(approvals
                        .approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty())
                        .state())
                .isEqualTo(Approval.State.APPROVED);
        Execution done = ended(execution);
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(echoed(done)).contains(JsonObject.of("n", 7));
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void whatWasEditedIsWhatRuns() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        approvals.approve(
                Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.of(JsonObject.of("n", 8)));
        assertThat(echoed(execution)).contains(JsonObject.of("n", 8));
    }

    @Test
    void argumentsThatDoNotFitTheToolAreNotAgreedTo() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        assertThatThrownBy(() -> approvals.approve(
                        Optional.of(tenant),
                        approval.id(),
                        ballot(APPROVER, approval),
                        Optional.of(JsonObject.of("n", "eight"))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        refused -> assertThat(refused.faults())
                                .extracting(InvalidInputException.Fault::pointer)
                                .containsExactly("/arguments/n"));
        assertThat(approvals.require(Optional.of(tenant), approval.id())).isEqualTo(approval);
        approvals.approve(
                Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.of(JsonObject.of("n", 8)));
        assertThat(echoed(execution)).contains(JsonObject.of("n", 8));
    }

    @Test
    void argumentsHaveABoundAndACloserOneWherePeopleAreAsked() {
        TenantId tenant = tenant(ASK, "");
        assertThat(code(calling(tenant, "{\"a\": \"text + text\"}"))).isEqualTo("policy:ARGUMENTS_TOO_LARGE");
        Execution larger = calling(
                tenant,
                IntStream.range(10, 30)
                        .mapToObj(i -> "\"a" + i + "\": \"text + text\"")
                        .collect(Collectors.joining(",", "{", "}")));
        assertThat(code(larger)).isEqualTo("graph:RESULT_TOO_LARGE");
        // The fifth is one too many, and there is no sixth.
        assertThat(larger.failure().orElseThrow().message()).contains("about 20000010 bytes");
    }

    private Execution calling(TenantId tenant, String arguments) {
        JsonObject definition = Json.parseObject("""
            {"metadata": {"name": "g"},
             "channels": {"out": {"type": "any", "reducer": "last"}, "text": {"type": "string", "reducer": "last"}},
             "nodes": [{"id": "work", "type": "tool",
                        "config": {"tool": "bench.echo", "arguments": %s, "output": "out"}}],
             "edges": [{"source": "START", "target": "work"}, {"source": "work", "target": "END"}]}\
            """.formatted(arguments));
        return rest(start(
                tenant, definition, JsonObject.of("text", "x".repeat(2_000_000)), ExecutionRequest.Durability.SYNC));
    }

    @Test
    void aRefusalFailsTheExecutionWithTheReason() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        approvals.reject(Optional.of(tenant), approval.id(), ballot(APPROVER, approval));
        assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
        assertThat(ended(execution).failure().orElseThrow().message()).contains("key_approver", "as I said");
        assertThat(echoes(tenant)).isZero();
    }

    @Test
    void whoBeganItCannotAgree() {
        TenantId tenant = tenant(ASK, "");
        echo(tenant);
        Approval approval = open(tenant);
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> approvals.approve(
                        Optional.of(tenant), approval.id(), ballot(person(STARTER), approval), Optional.empty()));
        approvals.reject(Optional.of(tenant), approval.id(), ballot(person(STARTER), approval));
    }

    @Test
    void whoChangedTheStateCannotAgree() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        executions.resume(
                tenant,
                execution.id(),
                new Command(Map.of(), Optional.empty(), JsonObject.of("n", 8), List.of()).givenBy("key_editor"));
        await().until(() ->
                executions.find(tenant, execution.id()).orElseThrow().state() == ExecutionState.WAITING);
        Approval approval = approvals.require(Optional.of(tenant), first.id()).state() == Approval.State.PENDING
                ? first
                : open(tenant);
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> approvals.approve(
                        Optional.of(tenant), approval.id(), ballot(person("key_editor"), approval), Optional.empty()));
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
    }

    @Test
    void oneDecisionCountsAndItNamesWhatWasSeen() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        refused(
                PolicyErrorCode.APPROVAL_CHANGED,
                () -> approvals.approve(
                        Optional.of(tenant),
                        approval.id(),
                        new Approvals.Ballot(APPROVER, "guessed", Optional.empty()),
                        Optional.empty()));
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
        refused(
                PolicyErrorCode.APPROVAL_OVER,
                () -> approvals.reject(Optional.of(tenant), approval.id(), ballot(APPROVER, approval)));
        refused(
                PolicyErrorCode.UNKNOWN_APPROVAL,
                () -> approvals.reject(Optional.of(new TenantId("tnt_x")), approval.id(), ballot(APPROVER, approval)));
        ended(execution);
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void severalHaveToAgreeToTheSame() {
        TenantId tenant = tenant(ASK, ", \"approval\": {\"people\": 2}");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        Approval second = approvals.approve(
                Optional.of(tenant), first.id(), ballot(APPROVER, first), Optional.of(JsonObject.of("n", 9)));
        assertThat(second.state()).isEqualTo(Approval.State.PENDING);
        Approval again = approvals.approve(Optional.of(tenant), first.id(), ballot(APPROVER, second), Optional.empty());
        assertThat(again.state()).as("the same one twice is one").isEqualTo(Approval.State.PENDING);
        Approval edited = approvals.approve(
                Optional.of(tenant),
                first.id(),
                ballot(person("key_third"), again),
                Optional.of(JsonObject.of("n", 10)));
        assertThat(edited.standing().votes())
                .as("who agreed to other arguments has not agreed")
                .hasSize(1);
        approvals.approve(Optional.of(tenant), first.id(), ballot(APPROVER, edited), Optional.empty());
        assertThat(echoed(execution)).contains(JsonObject.of("n", 10));
    }

    @Test
    void allRulesThatAskHaveToBeMet() {
        TenantId tenant = tenant(ASK, "");
        policies.put(
                Optional.of(tenant),
                "zz-more",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "two", "point": "tool", "effect": "REQUIRE_APPROVAL", "reason": "Both.",
                     "approval": {"people": 2}}]}\
                    """)),
                0,
                new Policies.Author("key_admin", Optional.empty()),
                false);
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        assertThat(first.rule().toString()).contains("Echoes are loud.", "Both.");
        Approval second = approvals.approve(Optional.of(tenant), first.id(), ballot(APPROVER, first), Optional.empty());
        assertThat(second.state()).isEqualTo(Approval.State.PENDING);
        approvals.approve(Optional.of(tenant), first.id(), ballot(person("key_third"), second), Optional.empty());
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    private static Principal payer(TenantId tenant) {
        return new Principal(
                "usr_payer",
                "usr_payer",
                Optional.of(tenant),
                Rights.NONE,
                new Membership(Set.of(), Set.of("finance")));
    }

    private void alsoFinance(TenantId tenant, String when) {
        policies.put(
                Optional.of(tenant),
                "zz-more",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "much", "point": "tool", "effect": "REQUIRE_APPROVAL", "reason": "Dear."%s,
                     "approval": {"chain": ["group:finance"]}}]}\
                    """.formatted(when))),
                0,
                new Policies.Author("key_admin", Optional.empty()),
                false);
    }

    private Approval asked(TenantId tenant, String than) {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            approvals.sweep();
            return approvals
                    .list(
                            Optional.of(tenant),
                            false,
                            Optional.of(Approval.State.PENDING),
                            new PageRequest(10, Optional.empty()))
                    .items()
                    .stream()
                    .anyMatch(one -> !one.id().equals(than));
        });
        return open(tenant);
    }

    /** Who agrees to a little must not be able to make much of it alone. */
    @Test
    void whoEditsPastAnotherRuleHasNotAgreedForThoseWhomThatOneAsks() {
        TenantId tenant = tenant(ASK, "");
        alsoFinance(tenant, ", \"when\": \"tool.arguments.n > 100\"");
        Principal somebody = new Principal("usr_any", "usr_any", Optional.of(tenant), Set.of());
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        assertThat(first.deciders()).isEmpty();
        approvals.approve(
                Optional.of(tenant), first.id(), ballot(somebody, first), Optional.of(JsonObject.of("n", 5000)));
        Approval second = asked(tenant, first.id());
        assertThat(echoes(tenant)).isZero();
        assertThat(second.arguments()).isEqualTo(JsonObject.of("n", 5000));
        assertThat(second.deciders()).contains("group:finance");
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approvals.approve(Optional.of(tenant), second.id(), ballot(somebody, second), Optional.empty()));
        approvals.approve(Optional.of(tenant), second.id(), ballot(payer(tenant), second), Optional.empty());
        assertThat(echoed(execution)).contains(JsonObject.of("n", 5000));
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void aRuleThatCameWhileItWaitedIsMetToo() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        alsoFinance(tenant, "");
        approvals.approve(Optional.of(tenant), first.id(), ballot(APPROVER, first), Optional.empty());
        Approval second = asked(tenant, first.id());
        assertThat(echoes(tenant)).isZero();
        assertThat(second.deciders()).contains("group:finance");
        approvals.approve(Optional.of(tenant), second.id(), ballot(payer(tenant), second), Optional.empty());
        assertThat(echoed(execution)).contains(JsonObject.of("n", 7));
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void aRuleThatAsksForLessLeavesWhatWasAgreedTo() {
        TenantId tenant = tenant(ASK, ", \"approval\": {\"people\": 2, \"within\": \"PT2H\"}");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        policies.put(
                Optional.of(tenant),
                "rules",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "other", "point": "tool", "effect": "REQUIRE_APPROVAL", "reason": "Other."}]}\
                    """)),
                1,
                new Policies.Author("key_admin", Optional.empty()),
                false);
        Approval second = approvals.approve(Optional.of(tenant), first.id(), ballot(APPROVER, first), Optional.empty());
        approvals.approve(Optional.of(tenant), first.id(), ballot(person("key_third"), second), Optional.empty());
        assertThat(echoed(execution)).contains(JsonObject.of("n", 7));
    }

    @Test
    void aCallOfAModelIsAgreedToAsItWasAsked() {
        TenantId tenant = tenant(ASK, "");
        Approval asked = approvals.ask(
                tenant,
                new Approval.Asked(
                        "exe_model", "effect", "model", "a/b", JsonObject.of("text", "hello"), Optional.of(STARTER)),
                JsonObject.EMPTY,
                ApprovalTerms.USUAL);
        assertThatThrownBy(() -> approvals.approve(
                        Optional.of(tenant),
                        asked.id(),
                        ballot(APPROVER, asked),
                        Optional.of(JsonObject.of("text", "other"))))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void theOneToWhomItIsLeftDecidesAlone() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> approvals.delegate(Optional.of(tenant), first.id(), ballot(APPROVER, first), person(STARTER)));
        Principal other = new Principal("key_b", "b", Optional.of(tenant), Set.of());
        Approval left = approvals.delegate(Optional.of(tenant), first.id(), ballot(APPROVER, first), person("key_c"));
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approvals.approve(Optional.of(tenant), first.id(), ballot(other, left), Optional.empty()));
        Principal assignee = new Principal("key_c", "c", Optional.of(tenant), Set.of());
        approvals.approve(Optional.of(tenant), first.id(), ballot(assignee, left), Optional.empty());
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void nobodyInTimeIsARefusal() {
        TenantId tenant = tenant(ASK, ", \"approval\": {\"within\": \"PT1M\"}");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        clock.moved = Duration.ofMinutes(2);
        try {
            refused(
                    PolicyErrorCode.APPROVAL_OVER,
                    () -> approvals.approve(
                            Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty()));
            approvals.sweep();
            assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
            assertThat(ended(execution).failure().orElseThrow().message()).contains("in time");
        } finally {
            clock.moved = Duration.ZERO;
        }
    }

    @Test
    void anAnswerToTheExecutionItselfAgreesToNothing() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        assertThatThrownBy(() -> answer(execution, approval, JsonObject.of("agreed", true)))
                .hasMessageContaining("waits for an approval");
        answer(execution, approval, Command.DECIDED);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> executions.require(tenant, execution.id()).state() == ExecutionState.WAITING);
        assertThat(echoes(tenant)).isZero();
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    private void answer(Execution execution, Approval approval, JsonValue answer) {
        executions.resume(
                execution.tenant(),
                execution.id(),
                new Command(Map.of(approval.id(), answer), Optional.empty(), JsonObject.EMPTY, List.of()));
    }

    @Test
    void ofSeveralCallsNoneIsMadeBeforeAllAreDecided() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = rest(start(tenant, """
            {"id": "work", "type": "tool", "config": {"messages": "messages", "tools": ["bench.echo", "bench.change"]}}\
            """, """
            {"messages": [{"role": "assistant", "content": "", "toolCalls": [
              {"id": "c1", "tool": "bench.change", "arguments": {}},
              {"id": "c2", "tool": "bench.echo", "arguments": {"n": 1}},
              {"id": "c3", "tool": "bench.echo", "arguments": {"n": 2}}]}]}\
            """));
        assertThat(execution.state()).as(String.valueOf(execution.failure())).isEqualTo(ExecutionState.WAITING);
        assertThat(calls).noneMatch(call -> call.tenant().equals(tenant.value()));
        List<Approval> open = approvals
                .list(
                        Optional.of(tenant),
                        false,
                        Optional.of(Approval.State.PENDING),
                        new PageRequest(10, Optional.empty()))
                .items();
        assertThat(open).hasSize(2);
        for (Approval approval : open) {
            if (approval.asked().arguments().equals(JsonObject.of("n", 1))) {
                approvals.reject(Optional.of(tenant), approval.id(), ballot(APPROVER, approval));
            } else {
                approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            approvals.sweep();
            return executions.require(tenant, execution.id()).state().terminal();
        });
        Execution done = executions.require(tenant, execution.id());
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output().orElseThrow().toString())
                .as("the model is told of the refusal, and may go on")
                .contains("was refused by key_approver", "changed", "\"n\":2");
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void whoCannotWaitIsRefused() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = rest(start(tenant, """
            {"id": "work", "type": "code", "config": {"source": "return {out: await call('bench.echo', {n: 3})}",
             "tools": ["bench.echo"]}}\
            """, "{}"));
        assertThat(execution.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(String.valueOf(execution.failure())).contains("cannot wait");
        assertThat(echoes(tenant)).isZero();
    }
}
