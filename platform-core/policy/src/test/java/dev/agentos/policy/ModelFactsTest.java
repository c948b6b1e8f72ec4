package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the platform's policies say of models. */
class ModelFactsTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> PLATFORM = Optional.empty();

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());

    private void put(Optional<TenantId> owner, String name, PolicyDocument document) {
        policies.put(owner, name, document, 0, new Policies.Author("key_1", Optional.empty()), false);
    }

    private Decision ask(String model) {
        return policies.decide(new PolicyQuestion(
                PolicyPoint.MODEL,
                TENANT,
                Map.of("model", model),
                () -> JsonObject.of("model", JsonObject.of("name", model, "provider", "x"))));
    }

    private Decision ask(String model, JsonObject declared) {
        return policies.decide(new PolicyQuestion(
                PolicyPoint.MODEL,
                TENANT,
                Map.of("model", model),
                () -> JsonObject.of("model", JsonObject.of("name", model, "provider", "x", "declared", declared))));
    }

    private static PolicyDocument eu(String models, String... more) {
        return PolicyDocument.read(Json.parseObject("""
            {"models": %s, "rules": [{"id": "eu", "point": "model", "effect": "DENY", "reason": "r",
             "when": "!(model.region in ['eu', 'local'])"}%s]}\
            """.formatted(models, String.join("", more))));
    }

    @Test
    void whatThePlatformSaysOfModelsIsKnownToConditionsAndWhatNobodySaysIsEmpty() {
        put(
                PLATFORM,
                "eu",
                eu("{\"a/*\": {\"region\": \"us\"}, \"a/eu-*\": {\"region\": \"eu\"}, \"a/eu-x\": {\"country\":"
                        + " \"FR\"}}"));
        assertThat(ask("a/b").effect()).isEqualTo(RuleEffect.DENY);
        assertThat(ask("a/eu-1").effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(ask("a/eu-x").effect()).as("the most exact holds as a whole").isEqualTo(RuleEffect.DENY);
        assertThat(ask("c/d").effect()).as("of which nothing is known").isEqualTo(RuleEffect.DENY);
        assertThat(ask("c/d").deciding().orElseThrow().values()).isEqualTo(JsonObject.of("model.region", ""));
        assertThat(ask("c/d").deciding().orElseThrow().error()).isEmpty();
        put(
                PLATFORM,
                "others",
                PolicyDocument.read(Json.parseObject(
                        "{\"models\": {\"a/eu-*\": {\"region\": \"us\"}, \"a/*\": {\"region\": \"eu\"}},"
                                + " \"rules\": []}")));
        assertThat(ask("a/eu-1").effect())
                .as("who is contradicted is not believed")
                .isEqualTo(RuleEffect.DENY);
        assertThat(ask("a/b").effect()).isEqualTo(RuleEffect.DENY);
    }

    @Test
    void whatAPluginDeclaresCountsBehindAPolicyAndARuleCanTellThemApart() {
        JsonObject declared = JsonObject.of("region", "eu", "country", "", "retention", "none");
        String policyOnly = """
            ,{"id": "sure", "point": "model", "effect": "DENY", "reason": "r", "scope": {"model": "sure/*"},
              "when": "model.declaredBy != 'policy'"}\
            """;
        put(PLATFORM, "eu", eu("{\"a/said\": {\"country\": \"US\"}, \"sure/said\": {\"region\": \"eu\"}}", policyOnly));
        assertThat(ask("a/b", declared).effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(ask("a/b").effect()).isEqualTo(RuleEffect.DENY);
        assertThat(ask("a/said", declared).effect())
                .as("a policy holds as a whole, also in what it leaves out")
                .isEqualTo(RuleEffect.DENY);
        assertThat(ask("sure/b", declared).deciding().orElseThrow().values())
                .isEqualTo(JsonObject.of("model.declaredBy", "plugin"));
        assertThat(ask("sure/b").effect()).isEqualTo(RuleEffect.DENY);
        assertThat(ask("sure/said", declared).effect()).isEqualTo(RuleEffect.ALLOW);
        put(
                PLATFORM,
                "others",
                PolicyDocument.read(
                        Json.parseObject("{\"models\": {\"sure/said\": {\"region\": \"us\"}}, \"rules\": []}")));
        assertThat(ask("sure/said", declared).effect())
                .as("where policies contradict each other the plugin is not believed either")
                .isEqualTo(RuleEffect.DENY);
    }

    @Test
    void aTenantCannotSayWhatModelsAre() {
        PolicyDocument mine = eu("{\"a/*\": {\"region\": \"eu\"}}");
        assertThatThrownBy(() -> put(TENANT, "mine", mine))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults()).extracting(Fault::pointer).containsExactly("/models"));
        PolicyQuestion tried = PolicyQuestion.of(
                "model", TENANT, JsonObject.of("model", JsonObject.of("name", "a/b", "region", "eu")));
        put(PLATFORM, "eu", eu("{\"a/*\": {\"region\": \"us\"}}"));
        assertThat(policies.decide(tried).effect())
                .as("who makes a question up may say it")
                .isEqualTo(RuleEffect.ALLOW);
    }
}
