package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What was agreed to, and is asked once more because rules in force want others. */
class AskedAgainTest {

    private static final TenantId TENANT = new TenantId("ten_a");
    private static final ApprovalTerms FINANCE =
            new ApprovalTerms(Duration.ofDays(1), 1, "HIGH", List.of("group:finance"), Optional.empty());
    private static final JsonObject SEVEN = JsonObject.of("n", 7);
    private static final JsonObject EIGHT = JsonObject.of("n", 8);

    private final Approvals approvals = new Approvals(new MemoryApprovalStore(), Ids.system(), InstantSource.system());

    private static Approval.Asked asked(JsonObject arguments) {
        return new Approval.Asked("exe_1", "pay", "tool", "bank.pay", arguments, Optional.empty());
    }

    private Approval ask(JsonObject arguments, ApprovalTerms terms) {
        return approvals.askAsNow(Optional.of(TENANT), asked(arguments), JsonObject.EMPTY, terms);
    }

    private void agree(Approval approval, String who, String group, Optional<JsonObject> edited) {
        Principal person = new Principal(
                who, who, Optional.of(TENANT), Rights.NONE, new Membership(Set.of("approver"), Set.of(group)));
        Approval agreed = approvals.approve(
                Optional.of(TENANT),
                approval.id(),
                new Approvals.Ballot(person, approval.standing().nonce(), Optional.empty()),
                edited);
        assertThat(agreed.state()).isEqualTo(Approval.State.APPROVED);
    }

    private boolean agreed(JsonObject arguments, ApprovalTerms terms) {
        return approvals.agreed(TENANT, asked(arguments), terms);
    }

    @Test
    void othersAreAskedForJustWhatWasEdited() {
        agree(ask(SEVEN, ApprovalTerms.USUAL), "usr_any", "sales", Optional.of(EIGHT));
        Approval edited = ask(SEVEN, FINANCE);
        assertThat(edited.state()).isEqualTo(Approval.State.APPROVED);
        assertThat(edited.arguments()).isEqualTo(EIGHT);
        assertThat(agreed(EIGHT, FINANCE)).isFalse();
        Approval again = ask(EIGHT, FINANCE);
        assertThat(again.state()).isEqualTo(Approval.State.PENDING);
        agree(again, "usr_payer", "finance", Optional.empty());
        assertThat(agreed(EIGHT, FINANCE)).isTrue();
        assertThat(agreed(SEVEN, FINANCE)).isFalse();
    }

    @Test
    void nobodyIsAskedAboutWhatNobodyCouldLookThrough() {
        JsonObject large = JsonObject.of("text", "x".repeat(1 << 20));
        assertThatThrownBy(() -> ask(large, ApprovalTerms.USUAL))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.ARGUMENTS_TOO_LARGE));
        Approval asked = ask(SEVEN, ApprovalTerms.USUAL);
        assertThatThrownBy(() -> agree(asked, "usr_any", "sales", Optional.of(large)))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.ARGUMENTS_TOO_LARGE));
        assertThat(approvals.require(Optional.of(TENANT), asked.id())).isEqualTo(asked);
        // It is counted as it is written: a control character takes six bytes.
        assertThatThrownBy(() -> ask(JsonObject.of("text", "\u0001".repeat(200_000)), ApprovalTerms.USUAL))
                .isInstanceOf(AgentOsException.class);
        assertThat(ask(JsonObject.of("text", "x".repeat(1_000_000)), ApprovalTerms.USUAL)
                        .state())
                .isEqualTo(Approval.State.PENDING);
    }

    @Test
    void whoIsAskedOnceMoreMayEditItAndIsNotAskedAThirdTime() {
        agree(ask(SEVEN, ApprovalTerms.USUAL), "usr_any", "sales", Optional.empty());
        Approval again = ask(SEVEN, FINANCE);
        assertThat(again.state()).isEqualTo(Approval.State.PENDING);
        agree(again, "usr_payer", "finance", Optional.of(EIGHT));
        assertThat(agreed(EIGHT, FINANCE)).isTrue();
        assertThat(agreed(SEVEN, FINANCE)).isFalse();
    }

    @Test
    void whomItWasEscalatedToSpeaksForNobodyElse() {
        ApprovalTerms supported = new ApprovalTerms(
                Duration.ofDays(1),
                1,
                "HIGH",
                List.of("group:finance"),
                Optional.of(new ApprovalTerms.Escalation(Optional.empty(), "group:support")));
        Approval first = ask(SEVEN, supported);
        Principal anybody = new Principal(
                "usr_any", "usr_any", Optional.of(TENANT), Rights.NONE, new Membership(Set.of(), Set.of("finance")));
        Approval up = approvals.escalate(
                Optional.of(TENANT),
                first.id(),
                new Approvals.Ballot(anybody, first.standing().nonce(), Optional.empty()));
        agree(up, "usr_support", "support", Optional.empty());
        assertThat(agreed(SEVEN, supported)).isTrue();
        assertThat(agreed(SEVEN, FINANCE)).isFalse();
    }

    private Approval step(Approval before, Membership as, String who, Optional<JsonObject> edited) {
        Principal person = new Principal(who, who, Optional.of(TENANT), Rights.NONE, as);
        return approvals.approve(
                Optional.of(TENANT),
                before.id(),
                new Approvals.Ballot(person, before.standing().nonce(), Optional.empty()),
                edited);
    }

    @Test
    void whoeverTookAnEarlierStepBecauseItWasEscalatedSpeaksForNobodyElseEither() {
        List<String> chain = List.of("group:finance", "role:owner");
        ApprovalTerms small = new ApprovalTerms(
                Duration.ofDays(1),
                2,
                "HIGH",
                chain,
                Optional.of(new ApprovalTerms.Escalation(Optional.empty(), "role:approver")));
        ApprovalTerms large = new ApprovalTerms(Duration.ofDays(1), 2, "HIGH", chain, Optional.empty());
        Membership approver = new Membership(Set.of("approver"), Set.of());
        Membership owner = new Membership(Set.of("owner"), Set.of());
        Membership finance = new Membership(Set.of(), Set.of("finance"));
        Approval first = ask(SEVEN, small);
        Approval up = approvals.escalate(
                Optional.of(TENANT),
                first.id(),
                new Approvals.Ballot(
                        new Principal("usr_any", "usr_any", Optional.of(TENANT), Rights.NONE, finance),
                        first.standing().nonce(),
                        Optional.empty()));
        Approval second = step(up, approver, "usr_approver", Optional.of(EIGHT));
        assertThat(second.standing().escalated())
                .as("the step of owners was not")
                .isEmpty();
        Approval done = step(second, owner, "usr_owner", Optional.empty());
        assertThat(done.state()).isEqualTo(Approval.State.APPROVED);
        assertThat(done.standing().votes())
                .extracting(Approval.Vote::escalated)
                .containsExactly(Optional.of("role:approver"), Optional.empty());
        assertThat(agreed(EIGHT, small)).isTrue();
        assertThat(agreed(EIGHT, large)).as("nobody of finance has agreed").isFalse();
        Approval again = ask(EIGHT, large);
        assertThat(again.state()).isEqualTo(Approval.State.PENDING);
        Approval next = step(again, finance, "usr_payer", Optional.empty());
        step(next, owner, "usr_owner", Optional.empty());
        assertThat(agreed(EIGHT, large)).isTrue();
    }

    @Test
    void whatAVoteSaysIsKept() {
        Instant at = Instant.parse("2026-03-04T22:30:00Z");
        for (Optional<String> some : List.of(Optional.<String>empty(), Optional.of("role:owner"))) {
            Approval.Vote vote = new Approval.Vote("usr_a", true, some.map(to -> "why"), at, some);
            assertThat(Approval.Vote.of(vote.toJson())).isEqualTo(vote);
        }
    }
}
