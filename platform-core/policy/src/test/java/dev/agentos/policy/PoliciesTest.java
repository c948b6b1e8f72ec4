package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoliciesTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> OTHER = Optional.of(new TenantId("tnt_b"));
    private static final Optional<TenantId> PLATFORM = Optional.empty();
    private static final Policies.Author AUTHOR = new Policies.Author("key_1", Optional.of("why not"));
    private static final Instant NOW = Instant.parse("2026-03-04T22:30:00Z");

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.fixed(NOW));

    static PolicyDocument rules(String... rules) {
        return PolicyDocument.read(Json.parseObject("{\"rules\": [" + String.join(",", rules) + "]}"));
    }

    private static String rule(String id, String effect, String rest) {
        return "{\"id\": \"" + id + "\", \"point\": \"tool\", \"effect\": \"" + effect + "\", \"reason\": \"because\""
                + rest + "}";
    }

    private void put(Optional<TenantId> owner, String name, PolicyDocument document) {
        int seen = (int) policies.list(owner).stream()
                .filter(policy -> policy.name().equals(name))
                .mapToLong(Policy::version)
                .sum();
        policies.put(owner, name, document, seen, AUTHOR, false);
    }

    private Decision call(Optional<TenantId> tenant, String tool, String arguments) {
        return policies.decide(question(tenant, tool, arguments));
    }

    private static PolicyQuestion question(Optional<TenantId> tenant, String tool, String arguments) {
        return new PolicyQuestion(
                PolicyPoint.TOOL,
                tenant,
                Map.of("tool", tool, "plugin", "tool-mail", "agent", "p/a"),
                () -> JsonObject.of(
                        "tool",
                        JsonObject.of("name", tool, "effect", "EFFECT", "arguments", Json.parseObject(arguments)),
                        "plugin",
                        JsonObject.of("id", "tool-mail", "version", "1.0.0"),
                        "caller",
                        ""));
    }

    @Test
    void withoutARuleEverythingPasses() {
        assertThat(call(TENANT, "mail.send", "{}").effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(policies.silent(TENANT, PolicyPoint.TOOL)).isTrue();
    }

    @Test
    void theStrongestOfAllThatMatchHolds() {
        put(TENANT, "a", rules(rule("allow", "ALLOW", "")));
        assertThat(call(TENANT, "mail.send", "{}").effect()).isEqualTo(RuleEffect.ALLOW);
        put(PLATFORM, "b", rules(rule("ask", "REQUIRE_APPROVAL", ", \"scope\": {\"tool\": \"mail.*\"}")));
        assertThat(call(TENANT, "mail.send", "{}").effect()).isEqualTo(RuleEffect.REQUIRE_APPROVAL);
        assertThat(call(TENANT, "files.read", "{}").effect()).isEqualTo(RuleEffect.ALLOW);
        put(TENANT, "c", rules(rule("no", "DENY", ", \"scope\": {\"tool\": \"mail.send\"}")));
        Decision decision = call(TENANT, "mail.send", "{}");
        assertThat(decision.effect()).isEqualTo(RuleEffect.DENY);
        assertThat(decision.matches()).extracting(match -> match.rule().id()).containsExactly("no", "ask", "allow");
        assertThat(call(OTHER, "mail.send", "{}").effect())
                .as("a tenant's rule binds that tenant")
                .isEqualTo(RuleEffect.REQUIRE_APPROVAL);
    }

    @Test
    void aDenialNamesRulePolicyVersionAndReason() {
        put(TENANT, "mail", rules(rule("no-mail", "DENY", "")));
        put(TENANT, "mail", rules(rule("no-mail", "DENY", "")));
        assertThatThrownBy(() -> call(TENANT, "mail.send", "{}").requireNotDenied("the tool 'mail.send'"))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.DENIED))
                .hasMessage("Rule 'no-mail' of the tenant's policy 'mail' (version 2) does not allow the tool"
                        + " 'mail.send': because.");
    }

    @Test
    void aConditionDecidesAndItsValuesAreShown() {
        put(
                TENANT,
                "money",
                rules(rule(
                        "much",
                        "DENY",
                        ", \"when\": \"tool.arguments.amount > 100 && !(tool.arguments.to in ['a', 'b'])\"")));
        assertThat(call(TENANT, "pay", "{\"amount\": 100, \"to\": \"x\"}").effect())
                .isEqualTo(RuleEffect.ALLOW);
        assertThat(call(TENANT, "pay", "{\"amount\": 101, \"to\": \"a\"}").effect())
                .isEqualTo(RuleEffect.ALLOW);
        Decision decision = call(TENANT, "pay", "{\"amount\": 101, \"to\": \"x\"}");
        assertThat(decision.effect()).isEqualTo(RuleEffect.DENY);
        assertThat(decision.deciding().orElseThrow().values())
                .isEqualTo(new JsonObject(
                        Map.of("tool.arguments.amount", JsonNumber.of(101), "tool.arguments.to", new JsonString("x"))));
    }

    /** Wherever a text is cut, no character is cut in two: a rule would fail by the text that it is about. */
    @Test
    void whatAConditionLookedAtIsCutBetweenCharacters() {
        put(TENANT, "words", rules(rule("words", "DENY", ", \"when\": \"tool.arguments.text.contains('x')\"")));
        for (int before = 198; before < 202; before++) {
            String text = "x".repeat(before) + "\uD83D\uDE00".repeat(3);
            Decision decision = call(TENANT, "pay", Json.write(JsonObject.of("text", text)));
            assertThat(decision.effect()).isEqualTo(RuleEffect.DENY);
            assertThat(decision.toJson().toString()).contains("x".repeat(198)).contains("…");
        }
    }

    @Test
    void whatCannotBeToldForbids() {
        put(TENANT, "money", rules(rule("much", "DENY", ", \"when\": \"tool.arguments.amount > 100\"")));
        Decision decision = call(TENANT, "pay", "{}");
        assertThat(decision.effect()).isEqualTo(RuleEffect.DENY);
        assertThat(decision.deciding().orElseThrow().error()).get().asString().contains("amount");
        put(OTHER, "closed", PolicyDocument.read(Json.parseObject("""
            {"defaults": {"tool": "DENY"}, "rules": [{"id": "small", "point": "tool", "effect": "ALLOW",
             "reason": "small", "when": "tool.arguments.amount < 10"}]}\
            """)));
        assertThat(call(OTHER, "pay", "{}").effect()).as("nor does it allow").isEqualTo(RuleEffect.DENY);
        assertThat(call(OTHER, "pay", "{\"amount\": 3}").effect()).isEqualTo(RuleEffect.ALLOW);
        assertThatThrownBy(() -> call(OTHER, "pay", "{\"amount\": 30}").requireNotDenied("it"))
                .hasMessageContaining("No rule allows it, and the policy 'closed'");
    }

    @Test
    void toLimitIsNotToAllow() {
        put(TENANT, "few", PolicyDocument.read(Json.parseObject("""
            {"defaults": {"tool": "DENY"}, "rules": [{"id": "few", "point": "tool", "effect": "LIMIT", "reason": "r",
             "limit": {"requests": 3, "per": "PT1M"}}]}\
            """)));
        assertThat(call(TENANT, "x", "{}").effect()).isEqualTo(RuleEffect.DENY);
        put(TENANT, "open", rules(rule("yes", "ALLOW", "")));
        Decision decision = call(TENANT, "x", "{}");
        assertThat(decision.effect()).isEqualTo(RuleEffect.LIMIT);
        assertThat(decision.limits()).hasSize(1);
        decision.requireNotDenied("it");
    }

    @Test
    void aDryRunIsToldAndNotDone() {
        put(TENANT, "mail", rules(rule("no", "DENY", ", \"mode\": \"dry-run\"")));
        Decision decision = call(TENANT, "mail.send", "{}");
        assertThat(decision.effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(decision.differsInDryRun()).isTrue();
        assertThat(decision.matches()).hasSize(1);
    }

    @Test
    void theTimeIsKnown() {
        put(TENANT, "night", rules(rule("night", "DENY", ", \"when\": \"time.hour >= 22 && time.weekday == 3\"")));
        assertThat(call(TENANT, "x", "{}").effect()).isEqualTo(RuleEffect.DENY);
    }

    @Test
    void aCandidateIsTriedWithoutBeingKept() {
        put(TENANT, "mail", rules(rule("no", "DENY", "")));
        Policy candidate = policies.put(TENANT, "mail", rules(rule("ok", "ALLOW", "")), 1, AUTHOR, true);
        assertThat(policies.evaluate(question(TENANT, "x", "{}"), Optional.of(candidate))
                        .effect())
                .isEqualTo(RuleEffect.ALLOW);
        assertThat(call(TENANT, "x", "{}").effect()).isEqualTo(RuleEffect.DENY);
        assertThat(policies.require(TENANT, "mail").version()).isEqualTo(1);
    }

    @Test
    void everyVersionStaysAndOneCanGoBack() {
        put(TENANT, "mail", rules(rule("no", "DENY", "")));
        put(TENANT, "mail", rules(rule("ok", "ALLOW", "")));
        policies.rollback(TENANT, "mail", 1, AUTHOR);
        assertThat(call(TENANT, "x", "{}").effect()).isEqualTo(RuleEffect.DENY);
        policies.delete(TENANT, "mail", 3, AUTHOR);
        assertThat(call(TENANT, "x", "{}").effect()).isEqualTo(RuleEffect.ALLOW);
        assertThat(policies.versions(TENANT, "mail", new PageRequest(10, Optional.empty()))
                        .items())
                .extracting(Policy::version)
                .containsExactly(4, 3, 2, 1);
        policies.rollback(TENANT, "mail", 3, AUTHOR);
        assertThat(call(TENANT, "x", "{}").effect()).isEqualTo(RuleEffect.DENY);
        assertThatThrownBy(() -> policies.rollback(TENANT, "mail", 4, AUTHOR))
                .hasMessageContaining("has no version 4 to go back to");
        assertThatThrownBy(() -> policies.require(OTHER, "mail")).hasMessageContaining("no policy 'mail'");
    }

    @Test
    void aChangeOfWhatWasNotSeenIsRefused() {
        put(TENANT, "mail", rules(rule("no", "DENY", "")));
        assertThatThrownBy(() -> policies.put(TENANT, "mail", rules(), 0, AUTHOR, false))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.POLICY_CHANGED));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | /rules",
                "{\"rules\": 3} | /rules",
                "{\"rules\": [3]} | /rules/0",
                "{\"rules\": [], \"more\": 1} | /more",
                "{\"rules\": [], \"models\": 1} | /models",
                "{\"rules\": [], \"models\": {\"a\": {}}} | /models/a",
                "{\"rules\": [], \"models\": {\"a/b\": 3}} | /models/a~1b",
                "{\"rules\": [], \"models\": {\"a/b\": {\"place\": \"x\"}}} | /models/a~1b/place",
                "{\"rules\": [], \"models\": {\"a/b\": {\"region\": \"\"}}} | /models/a~1b/region",
                "{\"rules\": [], \"defaults\": {\"tol\": \"DENY\"}} | /defaults/tol",
                "{\"rules\": [], \"defaults\": {\"tool\": \"PERHAPS\"}} | /defaults/tool",
            })
    void aWrongDocumentIsRefusedWithItsPlace(String json, String pointer) {
        assertThat(faults(json)).extracting(Fault::pointer).contains(pointer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"id\": \"Big\" | /rules/0/id",
                "\"point\": \"moon\" | /rules/0/point",
                "\"effect\": \"MAYBE\" | /rules/0/effect",
                "\"reason\": \"\" | /rules/0/reason",
                "\"mode\": \"soft\" | /rules/0/mode",
                "\"when\": \"tool.nme == 'x'\" | /rules/0/when",
                "\"when\": \"tool.name\" | /rules/0/when",
                "\"when\": \"tool.name ==\" | /rules/0/when",
                "\"when\": 3 | /rules/0/when",
                "\"effect\": \"ROUTE\", \"route\": {\"model\": \"a/b\"} | /rules/0/effect",
                "\"point\": \"route\", \"effect\": \"REDACT\" | /rules/0/effect",
                "\"point\": \"route\", \"effect\": \"ROUTE\" | /rules/0/route",
                "\"route\": {\"model\": \"a/b\"} | /rules/0/route",
                "\"point\": \"route\", \"effect\": \"ROUTE\", \"route\": {\"model\": \"a\"} | /rules/0/route/model",
                "\"point\": \"route\", \"effect\": \"ROUTE\", \"route\": {\"models\": [\"a/b\", 3]} |"
                        + " /rules/0/route/models/1",
                "\"point\": \"route\", \"effect\": \"ROUTE\", \"route\": {\"models\": []} | /rules/0/route",
                "\"point\": \"route\", \"effect\": \"ROUTE\", \"route\": {\"to\": \"a/b\"} | /rules/0/route/to",
                "\"effect\": \"LIMIT\" | /rules/0/limit",
                "\"retry\": {\"times\": 1} | /rules/0/retry",
                "\"point\": \"output\", \"effect\": \"ALLOW\", \"retry\": {\"times\": 1} | /rules/0/retry",
                "\"point\": \"output\", \"retry\": {\"times\": 4} | /rules/0/retry/times",
                "\"point\": \"output\", \"retry\": {\"times\": 1.5} | /rules/0/retry/times",
                "\"point\": \"output\", \"retry\": {\"times\": 1, \"say\": \"\"} | /rules/0/retry/say",
                "\"check\": {\"judge\": {\"model\": \"a/b\", \"question\": \"?\"}} | /rules/0/check/judge",
                "\"point\": \"output\", \"check\": {\"judge\": {\"model\": \"a\", \"question\": \"?\"}} |"
                        + " /rules/0/check/judge/model",
                "\"point\": \"output\", \"check\": {\"judge\": {\"model\": \"a/b\"}} | /rules/0/check/judge/question",
                "\"point\": \"output\", \"check\": {\"judge\": {\"model\": \"a/b\", \"question\": \"?\", \"pass\": 2}}"
                        + " | /rules/0/check/judge/pass",
                "\"point\": \"output\", \"check\": {\"judge\": 3} | /rules/0/check/judge",
                "\"point\": \"output\", \"check\": {\"expression\": \"outptu.text == ''\"} | /rules/0/check/expression",
                "\"point\": \"output\", \"check\": {\"expression\": 3} | /rules/0/check/expression",
                "\"limit\": {\"requests\": 1, \"per\": \"PT1M\"} | /rules/0/limit",
                "\"effect\": \"LIMIT\", \"limit\": {\"requests\": 0, \"per\": \"PT1M\"} | /rules/0/limit/requests",
                "\"effect\": \"LIMIT\", \"limit\": {\"requests\": 1e9, \"per\": \"PT1M\"} | /rules/0/limit/requests",
                "\"effect\": \"LIMIT\", \"limit\": {\"requests\": 1, \"per\": \"PT0.5S\"} | /rules/0/limit/per",
                "\"effect\": \"LIMIT\", \"limit\": {\"requests\": 1, \"per\": \"P9D\"} | /rules/0/limit/per",
                "\"effect\": \"LIMIT\", \"limit\": {\"requests\": 1, \"per\": \"PT1M\", \"by\": \"me\"} |"
                        + " /rules/0/limit/by",
                "\"effect\": \"LIMIT\", \"limit\": {\"requests\": 1, \"per\": \"PT1M\", \"by\": \"model\"} |"
                        + " /rules/0/limit/by",
                "\"when\": \"model.name == ''\" | /rules/0/when",
                "\"scope\": {\"model\": \"x\"} | /rules/0/scope/model",
                "\"scope\": {\"tool\": \"a*b\"} | /rules/0/scope/tool",
                "\"scope\": {\"tool\": 3} | /rules/0/scope/tool",
                "\"approval\": {} | /rules/0/approval",
                "\"wen\": \"true\" | /rules/0/wen",
            })
    void aWrongRuleIsRefusedWithItsPlace(String member, String pointer) {
        JsonObject rule = Json.parseObject(rule("r", "DENY", "")).overlaidBy(Json.parseObject("{" + member + "}"));
        assertThat(faults("{\"rules\": [" + rule + "]}"))
                .extracting(Fault::pointer)
                .contains(pointer);
    }

    @ParameterizedTest
    @CsvSource({"PT1S", "P31D", "soon", "PT99999999999999999999H"})
    void anApprovalHasAMomentAtLeastAndAMonthAtMost(String within) {
        assertThat(faults("{\"rules\": ["
                        + rule("r", "REQUIRE_APPROVAL", ", \"approval\": {\"within\": \"" + within + "\"}") + "]}"))
                .extracting(Fault::pointer)
                .containsExactly("/rules/0/approval/within");
    }

    @Test
    void aDocumentIsReadAsItIsWritten() {
        JsonObject json = Json.parseObject("""
            {"description": "d", "defaults": {"model": "DENY"}, "models": {"a/*": {"region": "eu"}}, "rules": [
             {"id": "a", "point": "tool", "scope": {"tool": "mail.*", "agent": "p/a"}, "when": "true",
              "effect": "REQUIRE_APPROVAL", "reason": "r", "mode": "enforce",
              "approval": {"within": "PT1H", "people": 2, "risk": "HIGH"}},
             {"id": "b", "point": "model", "effect": "ALLOW", "reason": "r", "mode": "dry-run"},
             {"id": "c", "point": "tool", "effect": "LIMIT", "reason": "r", "mode": "enforce",
              "limit": {"requests": 3, "per": "PT1M", "by": "agent"}},
             {"id": "d", "point": "route", "effect": "ROUTE", "reason": "r", "mode": "enforce",
              "route": {"models": ["a/b", "c/d"]}},
             {"id": "e", "point": "output", "effect": "DENY", "reason": "r", "mode": "enforce",
              "check": {"scan": ["email"], "schema": {}, "expression": "output.failed",
                        "judge": {"model": "a/b", "question": "?", "pass": 0.7}},
              "retry": {"times": 2, "say": "Again."}}]}\
            """);
        assertThat(PolicyDocument.read(json).toJson()).isEqualTo(json);
    }

    /** Whoever writes it is told, and not those whose answers nobody can check. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type': 'objct'} | /rules/1/check/schema/type",
                "{'$schema': 'https://json-schema.org/draft/2030-01/schema'} | /rules/1/check/schema/$schema",
                "{'$ref': 'https://example.com/x.json'} | /rules/1/check/schema/$ref",
                "{'properties': {'a': {'pattern': '['}}} | /rules/1/check/schema/properties/a/pattern",
            })
    void aSchemaThatIsNoneIsRefusedWhereItStands(String schema, String pointer) {
        PolicyDocument document = PolicyDocument.read(Json.parseObject("""
            {"rules": [{"id": "a", "point": "output", "effect": "DENY", "reason": "r", "check": {"schema": {}}},
             {"id": "b", "point": "output", "effect": "DENY", "reason": "r", "check": {"schema": %s}}]}
            """.formatted(schema.replace('\'', '"'))));
        for (boolean dryRun : List.of(true, false)) {
            assertThatThrownBy(() -> policies.put(TENANT, "checked", document, 0, AUTHOR, dryRun))
                    .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                        assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.INVALID_POLICY);
                        assertThat(e.faults()).extracting(Fault::pointer).contains(pointer);
                    });
        }
        assertThatThrownBy(() -> policies.candidate(TENANT, "checked", document, AUTHOR))
                .isInstanceOf(InvalidInputException.class);
        assertThat(policies.list(TENANT)).isEmpty();
    }

    private static List<Fault> faults(String json) {
        try {
            PolicyDocument.read(Json.parseObject(json));
        } catch (InvalidInputException e) {
            return e.faults();
        }
        throw new AssertionError("It was accepted: " + json);
    }

    private static String redact(String redact) {
        return "{\"id\": \"r\", \"point\": \"output\", \"effect\": \"REDACT\", \"reason\": \"because\", \"redact\": "
                + redact + "}";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | /rules/0/redact",
                "{\"detectors\": [\"email\", \"emails\"]} | /rules/0/redact/detectors/1",
                "{\"detectors\": \"email\"} | /rules/0/redact/detectors",
                "{\"detectors\": [\"email\"], \"mode\": \"mask\"} | /rules/0/redact/mode",
                "{\"expressions\": {\"x\": \"(a)\\\\1\"}} | /rules/0/redact/expressions/x",
                "{\"expressions\": {\"x\": \"a*\"}} | /rules/0/redact/expressions/x",
                "{\"expressions\": {\"email\": \"a\"}} | /rules/0/redact/expressions/email",
                "{\"expressions\": {\"X1\": \"a\"}} | /rules/0/redact/expressions/X1",
                "{\"expressions\": [\"a\"]} | /rules/0/redact/expressions",
                "{\"detectors\": [\"email\"], \"mood\": 1} | /rules/0/redact/mood",
                "[] | /rules/0/redact",
            })
    void refusesWhatCannotBeReplaced(String redact, String pointer) {
        assertThatThrownBy(() -> rules(redact(redact)))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults()).extracting(Fault::pointer).containsExactly(pointer));
    }

    @Test
    void replacingGoesWithItsEffectAndPointOnly() {
        String terms = ", \"redact\": {\"detectors\": [\"email\"]}";
        assertThatThrownBy(() -> rules(rule("a", "ALLOW", terms))).hasMessageContaining("cannot be used");
        assertThatThrownBy(() -> rules(rule("a", "REDACT", terms))).hasMessageContaining("cannot be used");
        PolicyDocument document = rules(redact("{\"detectors\": [\"email\"], \"expressions\": {\"n\": \"N[0-9]\"}}"));
        assertThat(PolicyDocument.read(document.toJson())).isEqualTo(document);
    }

    @Test
    void replacingComesBesideWhateverElseHoldsAndAllowsNothing() {
        String everywhere = redact("{\"detectors\": [\"email\"]}");
        PolicyQuestion question = PolicyQuestion.of(
                "output",
                TENANT,
                Json.parseObject("{\"output\": {\"kind\": \"tool\"}, \"tool\": {\"name\": \"a.b\"}}"));
        put(PLATFORM, "p", rules(everywhere));
        assertThat(policies.decide(question).effect()).isEqualTo(RuleEffect.REDACT);
        assertThat(policies.decide(question).redactions()).hasSize(1);
        put(
                TENANT,
                "closed",
                PolicyDocument.read(
                        Json.parseObject("{\"defaults\": {\"output\": \"DENY\"}, \"rules\": [" + everywhere + "]}")));
        assertThat(policies.decide(question).effect()).isEqualTo(RuleEffect.DENY);
        put(
                TENANT,
                "open",
                rules("{\"id\": \"a\", \"point\": \"output\", \"effect\": \"ALLOW\", \"reason\": \"fine\"}"));
        assertThat(policies.decide(question).effect()).isEqualTo(RuleEffect.REDACT);
        assertThat(policies.decide(question).redactions()).hasSize(2);
    }

    @Test
    void aRuleForModelsIsNotAboutATool() {
        put(
                TENANT,
                "p",
                rules("{\"id\": \"a\", \"point\": \"output\", \"effect\": \"DENY\", \"reason\": \"no\", \"scope\":"
                        + " {\"model\": \"*\"}}"));
        assertThat(policies.decide(PolicyQuestion.of(
                                "output", TENANT, Json.parseObject("{\"tool\": {\"name\": \"a.b\"}}")))
                        .effect())
                .isEqualTo(RuleEffect.ALLOW);
        assertThat(policies.decide(PolicyQuestion.of(
                                "output", TENANT, Json.parseObject("{\"model\": {\"name\": \"a/b\"}}")))
                        .effect())
                .isEqualTo(RuleEffect.DENY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "output | DENY | {} | /rules/0/check",
                "output | DENY | [] | /rules/0/check",
                "output | DENY | {\"scan\": [\"secret\"]} | /rules/0/check/scan/0",
                "output | DENY | {\"scan\": \"credentials\"} | /rules/0/check/scan",
                "output | DENY | {\"schema\": true} | /rules/0/check/schema",
                "output | DENY | {\"scan\": [\"credentials\"], \"judge\": 1} | /rules/0/check/judge",
                "output | ALLOW | {\"scan\": [\"credentials\"]} | /rules/0/check",
                "admission | DENY | {\"scan\": [\"credentials\"]} | /rules/0/check",
            })
    void refusesWhatCannotBeChecked(String point, String effect, String check, String pointer) {
        String rule = "{\"id\": \"a\", \"point\": \"%s\", \"effect\": \"%s\", \"reason\": \"no\", \"check\": %s}"
                .formatted(point, effect, check);
        assertThatThrownBy(() -> rules(rule))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults()).extracting(Fault::pointer).containsExactly(pointer));
    }

    @Test
    void aPassedCheckLeavesWhatTheOthersSay() {
        String check = "{\"id\": \"c\", \"point\": \"output\", \"effect\": \"DENY\", \"reason\": \"no\","
                + " \"check\": {\"scan\": [\"credentials\"], \"schema\": {\"type\": \"object\"}}}";
        PolicyDocument document = rules(check, redact("{\"detectors\": [\"email\"]}"));
        assertThat(PolicyDocument.read(document.toJson())).isEqualTo(document);
        put(TENANT, "p", document);
        PolicyQuestion question = PolicyQuestion.of("output", TENANT, JsonObject.EMPTY);
        assertThat(policies.dependsOn("output", question)).isTrue();
        Decision failed = policies.decide(question);
        assertThat(failed.effect()).isEqualTo(RuleEffect.DENY);
        Decision passed = failed.without(List.of(failed.deciding().orElseThrow()));
        assertThat(passed.effect()).isEqualTo(RuleEffect.REDACT);
        put(
                PLATFORM,
                "closed",
                PolicyDocument.read(Json.parseObject("{\"defaults\": {\"output\": \"DENY\"}, \"rules\": []}")));
        Decision closed = policies.decide(question);
        assertThat(closed.without(List.of(closed.matches().getFirst())).effect())
                .as("a check allows nothing")
                .isEqualTo(RuleEffect.DENY);
    }
}
