package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.invocation.checks.PolicyTrial;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Policies;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What rules and their checks come to about what somebody makes up. */
class PolicyTrialTest {

    private static final TenantId TENANT = new TenantId(InvocationHost.TENANT);
    private static final String NUMBERS = """
        {"rules": [
          {"id": "keys", "point": "tool", "effect": "DENY", "reason": "No keys.", "check": {"scan": ["credentials"]}},
          {"id": "sum", "point": "tool", "effect": "REQUIRE_APPROVAL", "reason": "Much.",
           "check": {"schema": {"type": "object", "required": ["sum"]}, "expression": "tool.arguments.sum < 100"}},
          {"id": "answer", "point": "output", "effect": "DENY", "reason": "Numbers only.", "mode": "dry-run",
           "check": {"schema": {"type": "number"}}},
          {"id": "polite", "point": "output", "effect": "DENY", "reason": "Be polite.", "scope": {"model": "probe/*"},
           "check": {"expression": "output.characters < 50",
                     "judge": {"model": "probe/judge", "question": "Is it polite?", "pass": 0.7}}},
          {"id": "eu", "point": "model", "effect": "DENY", "reason": "EU only.", "scope": {"model": "probe/x"},
           "check": {"expression": "model.region == 'eu'"}}]}\
        """;

    @TempDir
    private Path folder;

    private InvocationHost host;
    private PolicyTrial trial;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        host.install(Probe.jar("probe", "1.0.0"));
        trial = new PolicyTrial(host.policies, host.gate, InstantSource.system());
    }

    @AfterEach
    void close() {
        host.close();
    }

    private Policy put(String name, Optional<TenantId> owner, String document, boolean dryRun) {
        return host.policies.put(
                owner,
                name,
                PolicyDocument.read(Json.parseObject(document)),
                0,
                new Policies.Author("key_1", Optional.empty()),
                dryRun);
    }

    private JsonObject tried(String point, String values, boolean judges) {
        return tried(point, values, Optional.empty(), judges);
    }

    private JsonObject tried(String point, String values, Optional<Policy> candidate, boolean judges) {
        JsonObject given = Json.parseObject(values);
        return trial.evaluate(
                PolicyQuestion.of(point, Optional.of(TENANT), given),
                given,
                candidate,
                judges ? Optional.of(CallScope.Subject.of(TENANT.value())) : Optional.empty());
    }

    private static List<String> checks(JsonObject told) {
        List<String> checks = new ArrayList<>();
        for (JsonValue one : told.array("checks").orElse(JsonArray.EMPTY)) {
            JsonObject check = (JsonObject) one;
            checks.add(check.text("rule").orElseThrow() + " "
                    + check.text("outcome").orElseThrow() + " "
                    + check.text("detail").orElseThrow());
        }
        return checks;
    }

    private static String effect(JsonObject told) {
        return told.text("effect").orElseThrow();
    }

    @Test
    void argumentsAreCheckedByEachRule() {
        put("p", Optional.of(TENANT), NUMBERS, false);
        JsonObject right = tried("tool", "{\"tool\": {\"name\": \"pay\", \"arguments\": {\"sum\": 5}}}", false);
        assertThat(checks(right)).containsExactlyInAnyOrder("keys PASSED ", "sum PASSED ");
        assertThat(effect(right)).isEqualTo("ALLOW");
        assertThat(right.array("matches").orElseThrow().size()).isZero();

        JsonObject much = tried("tool", "{\"tool\": {\"name\": \"pay\", \"arguments\": {\"sum\": 500}}}", false);
        assertThat(checks(much)).containsExactlyInAnyOrder("keys PASSED ", "sum FAILED the expression does not hold");
        assertThat(effect(much)).isEqualTo("REQUIRE_APPROVAL");

        JsonObject key = tried(
                "tool",
                "{\"tool\": {\"name\": \"pay\", \"arguments\": {\"note\": \"ghp_" + "a1B2".repeat(9) + "\"}}}",
                false);
        assertThat(checks(key)).anyMatch(one -> one.startsWith("keys FAILED found github-token"));
        assertThat(checks(key)).anyMatch(one -> one.startsWith("sum FAILED '"));
        assertThat(effect(key)).isEqualTo("DENY");
    }

    @Test
    void withoutAnythingToCheckARuleCountsAsIfItFailed() {
        put("p", Optional.of(TENANT), NUMBERS, false);
        JsonObject told = tried("tool", "{\"tool\": {\"name\": \"pay\"}}", false);
        assertThat(checks(told)).hasSize(2).allMatch(one -> one.contains("NOT_MADE") && one.contains("arguments"));
        assertThat(effect(told)).isEqualTo("DENY");
        assertThat(tried("admission", "{}", false).member("checks"))
                .as("no rule with a check")
                .isEmpty();
    }

    @Test
    void whatAToolGivesIsReadAsJsonAndAModelsTextIfASchemaWantsIt() {
        put("p", Optional.of(TENANT), NUMBERS, false);
        assertThat(checks(tried("output", "{\"tool\": {\"name\": \"t\"}, \"output\": {\"text\": \"7\"}}", false)))
                .containsExactly("answer PASSED ");
        assertThat(checks(tried("output", "{\"output\": {\"kind\": \"tool\", \"text\": \"seven\"}}", false)))
                .singleElement()
                .asString()
                .startsWith("answer FAILED");
        assertThat(checks(tried("output", "{\"output\": {\"kind\": \"model\", \"text\": \"seven\"}}", false)))
                .containsExactly("answer FAILED it is no JSON");
    }

    @Test
    void aJudgeIsAskedOnlyWhenThatIsWantedAndWhenAllElseIsPassed() {
        put(
                "p",
                Optional.of(TENANT),
                NUMBERS.replace("\"mode\": \"dry-run\",", "\"scope\": {\"tool\": \"t\"},"),
                false);
        String rude = "{\"model\": {\"name\": \"probe/x\"}, \"output\": {\"kind\": \"model\", \"text\": \"go away\"}}";
        assertThat(checks(tried("output", rude, false)))
                .singleElement()
                .asString()
                .startsWith("polite NOT_MADE All else of it is passed");
        assertThat(host.records).as("no model was asked").isEmpty();

        JsonObject judged = tried("output", rude, true);
        assertThat(checks(judged))
                .containsExactly(
                        "polite FAILED the judge probe/judge gives 0.2 of the 0.7 that are needed: It is rude.");
        assertThat(effect(judged)).isEqualTo("DENY");
        assertThat(host.records).hasSize(1);
        JsonObject please = tried("output", rude.replace("go away", "please"), true);
        assertThat(checks(please)).containsExactly("polite PASSED ");
        assertThat(effect(please)).isEqualTo("ALLOW");

        assertThat(checks(tried("output", rude.replace("go away", "please".repeat(10)), true)))
                .containsExactly("polite FAILED the expression does not hold");
        assertThat(host.records).as("nor about what fails the rest").hasSize(2);
        assertThat(host.gates
                        .list(TENANT, "", new PageRequest(50, Optional.empty()))
                        .items())
                .as("no evidence of what was not done")
                .isEmpty();
    }

    @Test
    void aCandidateIsCheckedWithWhatItSaysOfModels() {
        put("p", Optional.of(TENANT), NUMBERS, false);
        String values = "{\"model\": {\"name\": \"probe/x\", \"provider\": \"probe\"}}";
        assertThat(checks(tried("model", values, false))).containsExactly("eu FAILED the expression does not hold");
        Policy candidate = put(
                "facts", Optional.empty(), "{\"models\": {\"probe/*\": {\"region\": \"eu\"}}, \"rules\": []}", true);
        JsonObject told = tried("model", values, Optional.of(candidate), false);
        assertThat(checks(told)).containsExactly("eu PASSED ");
        assertThat(effect(told)).isEqualTo("ALLOW");
        assertThat(checks(tried("model", values, false))).containsExactly("eu FAILED the expression does not hold");
    }
}
