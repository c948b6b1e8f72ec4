package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules that go by the roles and groups of who began it. */
class MembershipRulesTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));
    private static final Policies.Author AUTHOR = new Policies.Author("key_1", Optional.empty());

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());
    private final List<String> asked = new ArrayList<>();
    private Membership membership = new Membership(Set.of("viewer", "payer"), Set.of("finance"));

    @BeforeEach
    void know() {
        policies.knowBy((tenant, principal) -> {
            asked.add(tenant.value() + " " + principal);
            return principal.equals("usr_1") ? membership : Membership.NONE;
        });
    }

    private static PolicyDocument document(String when, String rest) {
        return PolicyDocument.read(Json.parseObject("""
            {"rules": [{"id": "pay", "point": "tool", "scope": {"tool": "pay"}, "effect": "DENY",
                        "reason": "Not yours.", "when": "%s"%s}]}
            """.formatted(when, rest)));
    }

    private void rule(String when) {
        long seen = policies.find(TENANT, "p").map(Policy::version).orElse(0);
        policies.put(TENANT, "p", document(when, ""), seen, AUTHOR, false);
    }

    private static PolicyQuestion question(String tool, String principal) {
        return new PolicyQuestion(
                PolicyPoint.TOOL,
                TENANT,
                Map.of("tool", tool),
                () -> JsonObject.of(
                        "principal",
                        principal,
                        "tool",
                        JsonObject.of("name", tool, "effect", "WRITE", "arguments", JsonObject.EMPTY)));
    }

    private RuleEffect effect(String principal) {
        return policies.decide(question("pay", principal)).effect();
    }

    @Test
    void aRuleSeesTheRolesAndGroupsThatSomebodyHasNow() {
        rule("!('payer' in principal.roles)");
        assertThat(effect("usr_1")).isEqualTo(RuleEffect.ALLOW);
        assertThat(effect("usr_2")).isEqualTo(RuleEffect.DENY);
        assertThat(effect("")).as("nobody has none").isEqualTo(RuleEffect.DENY);
        membership = new Membership(Set.of("viewer"), Set.of("finance"));
        assertThat(effect("usr_1")).isEqualTo(RuleEffect.DENY);
        rule("!principal.groups.exists(group, group.startsWith('fin'))");
        assertThat(effect("usr_1")).isEqualTo(RuleEffect.ALLOW);
        rule("principal == 'usr_1' && principal.roles.size() == 1");
        assertThat(effect("usr_1")).as("it is still a text").isEqualTo(RuleEffect.DENY);
    }

    @Test
    void aDecisionShowsWhatTheConditionLookedAt() {
        rule("'payer' in principal.roles && 'finance' in principal.groups");
        Decision.Match match =
                policies.decide(question("pay", "usr_1")).deciding().orElseThrow();
        assertThat(match.values())
                .isEqualTo(Json.parseObject(
                        "{\"principal.roles\": [\"payer\", \"viewer\"], \"principal.groups\": [\"finance\"]}"));
    }

    @Test
    void whoeverIsAboutSomethingElseAsksNobody() {
        rule("'payer' in principal.roles");
        policies.decide(question("mail", "usr_1"));
        rule("principal == 'usr_1'");
        assertThat(effect("usr_1")).isEqualTo(RuleEffect.DENY);
        assertThat(asked).isEmpty();
        rule("'payer' in principal.roles || 'finance' in principal.groups");
        effect("usr_1");
        assertThat(asked).containsExactly("tnt_a usr_1");
    }

    @Test
    void aQuestionThatIsMadeUpSaysWhatTheyAre() {
        rule("'payer' in principal.roles");
        PolicyQuestion payer = PolicyQuestion.of(
                "tool", TENANT, Json.parseObject("{\"tool\": {\"name\": \"pay\"}, \"principal.roles\": [\"payer\"]}"));
        assertThat(policies.evaluate(payer, Optional.empty()).effect()).isEqualTo(RuleEffect.DENY);
        PolicyQuestion nobody = PolicyQuestion.of(
                "tool", TENANT, Json.parseObject("{\"tool\": {\"name\": \"pay\"}, \"principal\": \"usr_1\"}"));
        assertThat(policies.evaluate(nobody, Optional.empty()).effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(asked).as("who may try rules need not know who has which").isEmpty();
        assertThatThrownBy(() -> PolicyQuestion.of("tool", TENANT, Json.parseObject("{\"principal.roles\": [1]}")))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void whatCannotBeIsRefusedWhenItIsWritten() {
        for (String wrong : List.of("principal.rolls == []", "5 in principal.roles", "principal.roles == 'payer'")) {
            assertThatThrownBy(() -> document(wrong, "")).as(wrong).isInstanceOf(InvalidInputException.class);
        }
    }
}
