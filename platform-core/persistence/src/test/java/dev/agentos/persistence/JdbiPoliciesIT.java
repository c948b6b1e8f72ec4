package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalStore;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Decision;
import dev.agentos.policy.Policies;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.policy.PolicyStore;
import dev.agentos.policy.RuleEffect;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules and approvals on a real PostgreSQL. */
class JdbiPoliciesIT {

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");
    private static final Optional<TenantId> PLATFORM = Optional.empty();
    private static final Policies.Author AUTHOR = new Policies.Author("key_admin", Optional.of("why"));
    private static final String ONE = "{\"within\": \"PT1H\", \"people\": 1}";
    private static final PolicyDocument ASK = asking(ONE);

    private static PolicyDocument asking(String terms) {
        return PolicyDocument.read(Json.parseObject("""
            {"rules": [{"id": "ask", "point": "tool", "scope": {"tool": "mail.*"}, "effect": "REQUIRE_APPROVAL",
                        "reason": "Mail is seen by others.", "approval": %s}]}\
            """.formatted(terms)));
    }

    private final Database database = PostgresFixture.open();
    private final PolicyStore store = database.policyStore();
    private final ApprovalStore approvalStore = database.approvalStore();
    private final Policies policies = new Policies(store, InstantSource.system());
    private final Approvals approvals = new Approvals(approvalStore, Ids.system(), InstantSource.system());

    @BeforeEach
    void tenants() {
        database.tenantStore().insert(new Tenant(A, "a", Instant.EPOCH));
        database.tenantStore().insert(new Tenant(B, "b", Instant.EPOCH));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static PolicyQuestion mail(TenantId tenant) {
        return PolicyQuestion.of(
                "tool", Optional.of(tenant), JsonObject.of("tool", JsonObject.of("name", "mail.send")));
    }

    @Test
    void versionsAreKeptAsTheyWereAndBindWhomTheyAreOf() {
        policies.put(Optional.of(A), "mail", ASK, 0, AUTHOR, false);
        assertThat(store.find(Optional.of(A), "mail", 1)).get().satisfies(policy -> {
            assertThat(policy.document()).contains(ASK);
            assertThat(policy.change().by()).isEqualTo("key_admin");
            assertThat(policy.change().note()).contains("why");
        });
        assertThat(store.find(Optional.of(B), "mail")).isEmpty();
        assertThat(store.find(PLATFORM, "mail")).isEmpty();
        assertThat(policies.decide(mail(A)).effect()).isEqualTo(RuleEffect.REQUIRE_APPROVAL);
        assertThat(policies.decide(mail(B)).effect()).isEqualTo(RuleEffect.ALLOW);
        policies.put(PLATFORM, "all", ASK, 0, AUTHOR, false);
        assertThat(policies.decide(mail(B)).effect()).isEqualTo(RuleEffect.REQUIRE_APPROVAL);
        policies.delete(PLATFORM, "all", 1, AUTHOR);
        assertThat(policies.decide(mail(B)).effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(policies.versions(PLATFORM, "all", new PageRequest(1, Optional.empty())))
                .satisfies(page ->
                        assertThat(page.items()).extracting(Policy::version).containsExactly(2));
    }

    @Test
    void anotherServerSeesAChangeWhenItLooks() {
        Policies other = new Policies(store, InstantSource.system());
        assertThat(other.decide(mail(A)).effect()).isEqualTo(RuleEffect.ALLOW);
        policies.put(Optional.of(A), "mail", ASK, 0, AUTHOR, false);
        other.refresh();
        assertThat(other.decide(mail(A)).effect()).isEqualTo(RuleEffect.REQUIRE_APPROVAL);
    }

    @Test
    void oneOfManyThatWriteTheSameVersionWins() throws Exception {
        List<Callable<Boolean>> writers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            writers.add(() -> {
                try {
                    policies.put(Optional.of(A), "mail", ASK, 0, AUTHOR, false);
                    return true;
                } catch (AgentOsException e) {
                    assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.POLICY_CHANGED);
                    return false;
                }
            });
        }
        long before = store.generation();
        assertThat(all(writers)).filteredOn(won -> won).hasSize(1);
        assertThat(store.generation()).isEqualTo(before + 1);
    }

    private static <T> List<T> all(List<Callable<T>> work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(work)) {
                results.add(result.get());
            }
            return results;
        }
    }

    private Approval ask(String execution) {
        return ask(execution, ONE);
    }

    private Approval ask(String execution, String terms) {
        policies.put(
                Optional.of(A),
                "mail",
                asking(terms),
                store.find(Optional.of(A), "mail").map(Policy::version).orElse(0),
                AUTHOR,
                false);
        Decision decision = policies.decide(mail(A));
        return approvals.ask(
                Optional.of(A),
                new Approval.Asked(
                        execution,
                        execution + "/task/c1",
                        "tool",
                        "mail.send",
                        Json.parseObject("{\"to\": \"a@b.example\", \"n\": 1.50}"),
                        Optional.of("key_starter")),
                decision.deciding().orElseThrow());
    }

    private static Approvals.Ballot ballot(String who, Approval seen) {
        return new Approvals.Ballot(
                new Principal(who, who, Optional.of(A), Set.of()),
                seen.standing().nonce(),
                Optional.of("because"));
    }

    @Test
    void anApprovalIsKeptAsItWasAskedAndAskedOnce() {
        Approval asked = ask("exe_1");
        assertThat(approvals.require(Optional.of(A), asked.id())).isEqualTo(asked);
        assertThat(ask("exe_1").id()).isEqualTo(asked.id());
        assertThatThrownBy(() -> approvals.require(Optional.of(B), asked.id())).hasMessageContaining("no approval");
        assertThat(approvals
                        .list(Optional.of(B), false, Optional.empty(), new PageRequest(10, Optional.empty()))
                        .items())
                .isEmpty();
        assertThat(approvals
                        .list(
                                Optional.of(A),
                                false,
                                Optional.of(Approval.State.PENDING),
                                new PageRequest(10, Optional.empty()))
                        .items())
                .containsExactly(asked);
    }

    /** What people are asked about may be large, and the driver reads all that a statement returns. */
    @Test
    void aPageOfApprovalsIsBoundedByWhatTheyTake() {
        ask("exe_1");
        Decision.Match match = policies.decide(mail(A)).deciding().orElseThrow();
        JsonObject large = JsonObject.of("text", "x".repeat(900_000));
        for (int i = 2; i < 9; i++) {
            approvals.ask(
                    Optional.of(A),
                    new Approval.Asked("exe_" + i, "c", "tool", "mail.send", large, Optional.empty()),
                    match);
        }
        List<String> seen = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            Page<Approval> page = approvals.list(Optional.of(A), false, Optional.empty(), new PageRequest(50, next));
            sizes.add(page.items().size());
            page.items().forEach(one -> seen.add(one.asked().execution()));
            next = page.next();
        } while (next.isPresent());
        assertThat(seen).containsExactly("exe_8", "exe_7", "exe_6", "exe_5", "exe_4", "exe_3", "exe_2", "exe_1");
        assertThat(sizes).containsExactly(4, 4);
    }

    @Test
    void thePlatformsApprovalsAreNobodyElses() {
        ask("exe_1");
        Decision.Match match = policies.decide(mail(A)).deciding().orElseThrow();
        Approval.Asked wanted = new Approval.Asked(
                "op_1", "mailer", Approval.PLUGIN, "mailer", JsonObject.of("sha512", "ab"), Optional.of("key_1"));
        Approval asked = approvals.ask(Optional.empty(), wanted, match);
        assertThat(approvals.ask(Optional.empty(), wanted, match).id()).isEqualTo(asked.id());
        assertThat(approvals.require(Optional.empty(), asked.id())).isEqualTo(asked);
        assertThat(approvals.asked(Optional.empty(), wanted)).contains(asked);
        assertThat(approvals.find(Optional.of(A), asked.id())).isEmpty();
        PageRequest page = new PageRequest(10, Optional.empty());
        assertThat(approvals.list(Optional.of(A), false, Optional.empty(), page).items())
                .hasSize(1)
                .doesNotContain(asked);
        assertThat(approvals.list(Optional.of(A), true, Optional.empty(), page).items())
                .hasSize(2)
                .startsWith(asked);
        assertThat(approvals
                        .list(Optional.empty(), true, Optional.empty(), page)
                        .items())
                .containsExactly(asked);
        Approvals.Ballot ballot = new Approvals.Ballot(
                new Principal("key_2", "key_2", Optional.empty(), Set.of()),
                asked.standing().nonce(),
                Optional.empty());
        approvals.onDecision(approval -> false);
        Approval agreed = approvals.approve(Optional.empty(), asked.id(), ballot, Optional.empty());
        assertThat(approvals.require(Optional.empty(), asked.id())).isEqualTo(agreed);
        ApprovalStore.Key key = new ApprovalStore.Key(Optional.empty(), agreed.id());
        assertThat(approvalStore.untold("", 10)).containsExactly(key);
        assertThat(approvalStore.find(key)).contains(agreed);
        assertThat(approvalStore.untold(agreed.id(), 10)).as("behind it").isEmpty();
        approvalStore.told(agreed, Instant.now());
        assertThat(approvalStore.untold("", 10)).isEmpty();
    }

    @Test
    void whatWasAgreedToMayRunAndNothingElse() {
        Approval asked = ask("exe_1");
        JsonObject edited = JsonObject.of("to", "c@d.example");
        Approval agreed = approvals.approve(Optional.of(A), asked.id(), ballot("key_1", asked), Optional.of(edited));
        assertThat(approvals.require(Optional.of(A), asked.id())).isEqualTo(agreed);
        Approval.Asked wanted = asked.asked();
        assertThat(approvals.agreed(A, wanted, ApprovalTerms.USUAL))
                .as("it was edited")
                .isFalse();
        assertThat(approvals.agreed(A, with(wanted, edited), ApprovalTerms.USUAL))
                .isTrue();
        assertThat(approvals.agreed(B, with(wanted, edited), ApprovalTerms.USUAL))
                .isFalse();
    }

    private static Approval.Asked with(Approval.Asked asked, JsonObject arguments) {
        return new Approval.Asked(
                asked.execution(), asked.effect(), asked.kind(), asked.name(), arguments, asked.startedBy());
    }

    @Test
    void ofManyDecisionsAtOnceOneCounts() throws Exception {
        Approval asked = ask("exe_1");
        List<Callable<Optional<Approval.State>>> deciders = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Approvals.Ballot ballot = ballot("key_" + i, asked);
            boolean agrees = i % 2 == 0;
            deciders.add(() -> {
                try {
                    return Optional.of(
                            agrees
                                    ? approvals
                                            .approve(Optional.of(A), asked.id(), ballot, Optional.empty())
                                            .state()
                                    : approvals
                                            .reject(Optional.of(A), asked.id(), ballot)
                                            .state());
                } catch (AgentOsException e) {
                    assertThat(e.errorCode()).isIn(PolicyErrorCode.APPROVAL_CHANGED, PolicyErrorCode.APPROVAL_OVER);
                    return Optional.empty();
                }
            });
        }
        List<Approval.State> decided =
                all(deciders).stream().flatMap(Optional::stream).toList();
        assertThat(decided).hasSize(1);
        assertThat(approvals.require(Optional.of(A), asked.id()).state()).isEqualTo(decided.getFirst());
    }

    @Test
    void whatIsOverEndsAndWhoWaitsIsToldOnce() {
        Approval asked = ask("exe_1");
        List<String> told = new ArrayList<>();
        boolean[] ready = {false};
        approvals.onDecision(approval -> {
            told.add(approval.id() + " " + approval.state());
            return ready[0];
        });
        approvalStore.expire(asked.times().expiresAt().plus(Duration.ofSeconds(1)));
        approvals.sweep();
        ready[0] = true;
        approvals.sweep();
        approvals.sweep();
        assertThat(told).containsExactly(asked.id() + " EXPIRED", asked.id() + " EXPIRED");
    }

    @Test
    void whatIsDueIsEscalatedByOneServerAndKept() throws Exception {
        Approval asked = ask("exe_1", """
            {"within": "PT4H", "escalate": {"after": "PT1M", "to": "role:owner"}, "chain": ["approver", "owner"]}\
            """);
        assertThat(approvals.require(Optional.of(A), asked.id())).isEqualTo(asked);
        approvals.sweep();
        assertThat(approvals.require(Optional.of(A), asked.id())).isEqualTo(asked);
        InstantSource later = () -> Instant.now().plus(Duration.ofMinutes(2));
        List<Approval> told = new CopyOnWriteArrayList<>();
        List<Callable<Optional<Approval.State>>> servers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Approvals server = new Approvals(approvalStore, Ids.system(), later);
            server.onEscalation(told::add);
            servers.add(() -> {
                server.sweep();
                return Optional.empty();
            });
        }
        all(servers);
        Approval escalated = approvals.require(Optional.of(A), asked.id());
        assertThat(told).containsExactly(escalated);
        assertThat(escalated.deciders()).contains("role:owner");
        assertThat(escalated.times()).isEqualTo(asked.times());
        assertThat(escalated.standing().escalatesAt()).isEmpty();
        assertThat(approvalStore.untold("", 10)).as("everybody told it is told").isEmpty();
        Principal owner = new Principal(
                "usr_owner", "usr_owner", Optional.of(A), Rights.NONE, new Membership(Set.of("owner"), Set.of()));
        approvals.approve(
                Optional.of(A),
                asked.id(),
                new Approvals.Ballot(owner, escalated.standing().nonce(), Optional.empty()),
                Optional.empty());
        Approval next = approvals.require(Optional.of(A), asked.id());
        assertThat(next.standing().escalated()).as("each step has its own").isEmpty();
        assertThat(next.standing().votes())
                .extracting(Approval.Vote::escalated)
                .containsExactly(Optional.of("role:owner"));
    }

    @Test
    void aPageHasFewerVersionsWhenTheyAreLarge() {
        String rule = """
            {"id": "r%d", "point": "tool", "effect": "ALLOW", "reason": "because", "when": "tool.name != '%s'"}\
            """;
        List<String> rules = new ArrayList<>();
        for (int i = 0; i < 220; i++) {
            rules.add(rule.formatted(i, "x".repeat(4_000)));
        }
        PolicyDocument large = PolicyDocument.read(Json.parseObject("{\"rules\": [" + String.join(",", rules) + "]}"));
        for (int i = 0; i < 6; i++) {
            policies.put(Optional.of(A), "large", large, i, AUTHOR, false);
        }
        policies.delete(Optional.of(A), "large", 6, AUTHOR);
        List<Integer> seen = new ArrayList<>();
        PageRequest next = new PageRequest(20, Optional.empty());
        int pages = 0;
        while (true) {
            var page = store.versions(Optional.of(A), "large", next);
            page.items().forEach(version -> seen.add(version.version()));
            pages++;
            if (page.next().isEmpty()) {
                break;
            }
            next = new PageRequest(20, page.next());
        }
        assertThat(seen).containsExactly(7, 6, 5, 4, 3, 2, 1);
        assertThat(pages).isEqualTo(2);
    }
}
