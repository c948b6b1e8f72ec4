package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What several rules that want an approval ask together. */
class ApprovalTermsTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> PLATFORM = Optional.empty();

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());

    private static String rule(String id, String effect, String rest) {
        return "{\"id\": \"" + id + "\", \"point\": \"tool\", \"effect\": \"" + effect + "\", \"reason\": \"because\""
                + rest + "}";
    }

    private void put(Optional<TenantId> owner, String name, PolicyDocument document) {
        policies.put(owner, name, document, 0, new Policies.Author("key_1", Optional.empty()), false);
    }

    private Decision call(Optional<TenantId> tenant, String tool, String arguments) {
        JsonObject called = JsonObject.of("name", tool, "effect", "EFFECT", "arguments", Json.parseObject(arguments));
        return policies.decide(new PolicyQuestion(
                PolicyPoint.TOOL, tenant, Map.of("tool", tool), () -> JsonObject.of("tool", called)));
    }

    private static String asking(String id, String approval) {
        return rule(id, "REQUIRE_APPROVAL", ", \"approval\": {" + approval + "}");
    }

    private ApprovalTerms terms(String tool) {
        return call(TENANT, tool, "{}").asking().orElseThrow().rule().terms().approval();
    }

    @Test
    void theTermsOfAllThatAskHoldTogether() {
        put(PLATFORM, "a", PoliciesTest.rules(asking("two", "\"people\": 2, \"risk\": \"LOW\", \"within\": \"PT4H\"")));
        put(
                TENANT,
                "b",
                PoliciesTest.rules(
                        asking("chain", "\"chain\": [\"role:lead\", \"group:finance\"], \"risk\": \"HIGH\""),
                        asking("owner", "\"chain\": [\"role:owner\", \"group:finance\"], \"within\": \"PT1H\""),
                        rule("dry", "REQUIRE_APPROVAL", ", \"mode\": \"dry-run\", \"approval\": {\"people\": 5}")));
        Decision decision = call(TENANT, "pay", "{}");
        Decision.Match asking = decision.asking().orElseThrow();
        ApprovalTerms terms = asking.rule().terms().approval();
        assertThat(terms.chain()).containsExactly("role:owner", "role:lead", "group:finance");
        assertThat(terms.people()).isEqualTo(3);
        assertThat(terms.risk()).isEqualTo("HIGH");
        assertThat(terms.within()).isEqualTo(Duration.ofHours(1));
        assertThat(terms.escalation()).isEmpty();
        assertThat(ApprovalTerms.of(terms.toJson())).isEqualTo(terms);
        assertThat(asking.toJson().toString())
                .contains("\"two\"", "\"chain\"", "\"owner\"")
                .doesNotContain("\"dry\"");
        assertThat(decision.toJson().object("approval")).contains(terms.toJson());
        put(TENANT, "c", PoliciesTest.rules(asking("five", "\"people\": 5")));
        assertThat(terms("pay").people()).isEqualTo(5);
        assertThat(terms("pay").chain()).hasSize(3);
        assertThat(ApprovalTerms.of(terms("pay").toJson())).isEqualTo(terms("pay"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "-                          | -                            | -",
                "\"to\": \"role:owner\"      | -                            | role:owner",
                "\"to\": \"group:a\"         | -                            | platform",
                "\"to\": \"group:a\", \"after\": \"PT1H\" | \"to\": \"group:a\", \"after\": \"PT2H\" | group:a PT2H",
                "\"to\": \"group:a\", \"after\": \"PT1H\" | \"to\": \"group:a\" | group:a",
                "\"to\": \"group:a\", \"after\": \"PT1H\" | \"to\": \"group:b\", \"after\": \"PT1H\" | platform",
            })
    void nobodyDecidesInsteadForARuleThatDoesNotSaySo(String one, String other, String expected) {
        String written = "\"risk\": \"LOW\"";
        put(TENANT, "a", PoliciesTest.rules(asking("one", one == null ? written : "\"escalate\": {" + one + "}")));
        put(
                TENANT,
                "b",
                PoliciesTest.rules(asking("other", other == null ? written : "\"escalate\": {" + other + "}")));
        assertThat(terms("pay")
                        .escalation()
                        .map(to ->
                                to.to() + to.after().map(after -> " " + after).orElse("")))
                .isEqualTo(Optional.ofNullable(expected));
    }
}
