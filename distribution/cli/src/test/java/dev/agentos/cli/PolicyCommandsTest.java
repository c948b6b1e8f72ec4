package dev.agentos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.agentos.cli.PlayedServer.Asked;
import dev.agentos.cli.PlayedServer.Outcome;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.executions.ExecutionCommand;
import dev.agentos.cli.executions.GraphCommand;
import dev.agentos.cli.policy.ApprovalReport;
import dev.agentos.cli.policy.DecisionReport;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyCommandsTest {
    private static final String RULES = """
        rules:
          - {id: pay, point: tool, effect: DENY, reason: Not now.}
        """;
    private static final String SHOWN = """
        {"id": "apr_1", "state": "PENDING", "execution": "exe_1", "kind": "tool", "name": "bank.pay", "nonce": "n1",
         "people": 2, "risk": "HIGH", "startedBy": "key_1", "createdAt": "2030-01-01T00:00:00Z",
         "expiresAt": "2030-01-02T00:00:00Z",
         "votes": [{"by": "key_2", "agreed": true, "reason": "Seen.", "at": "2030-01-01T00:00:01Z"}],
         "rule": {"owner": "tenant", "policy": "money", "version": 3, "rule": "pay", "effect": "REQUIRE_APPROVAL",
          "mode": "enforce", "reason": "A second pair of eyes.", "when": "tool.arguments.amount > 100",
          "values": {"tool.arguments.amount": 120}},
         "arguments": {"amount": 120, "to": [{"id": "a", "share": 1}, {"id": "b", "share": 2}], "note": "", "tags": []}}
        """;

    @TempDir
    private Path directory;

    private final PlayedServer server = served();

    private static PlayedServer served() {
        try {
            return new PlayedServer("/api/v1", SHOWN);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @BeforeEach
    void key() throws IOException {
        Files.writeString(directory.resolve("admin.key"), "aos_any");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Outcome run(String... words) {
        return server.run(directory, words);
    }

    @Test
    void setReplacesWhatIsThereAndNothingElse() throws IOException {
        server.answers("GET /policies/money", 200, "{\"name\": \"money\"}");
        var file = Files.writeString(directory.resolve("money.yaml"), RULES);

        assertThat(run("policy", "set", "money", file.toString(), "--note", "Month's end", "--tenant", "acme")
                        .exitCode())
                .isZero();

        var put = server.asked().getLast();
        assertThat(put.method() + " " + put.path()).isEqualTo("PUT /policies/money");
        assertThat(put.ifMatch()).isEqualTo("\"7\"");
        assertThat(put.tenant()).isEqualTo("acme");
        assertThat(put.json()).isEqualTo(Json.parseObject("""
            {"rules": [{"id": "pay", "point": "tool", "effect": "DENY", "reason": "Not now."}],
             "dryRun": false, "note": "Month's end"}
            """));
    }

    @ParameterizedTest
    @CsvSource({
        "role put reader --scope audit:read, role remove reader, /roles/reader",
        "group put staff --member usr_1 --role viewer, group remove staff, /groups/staff",
        "rate-limit set key --requests 5 --per PT1M, rate-limit remove key, /rate-limits/key",
        "price set shop/large --input-price 1 --output-price 2, price remove shop/large, /prices/shop/large",
        "retention set usage P30D, retention remove usage, /retention/usage",
        "budget set team --money 5USD --per month, budget remove team, /budgets/team",
        "quota set team --executions 5 --per day, quota remove team, /quotas/team",
        "plan set small --features graphs, plan remove small, /plans/small",
        "plan give small, plan take, /plan",
        "concurrency set agent --running 5, concurrency remove agent, /concurrency-limits/agent",
        "publisher trust echo abc, publisher forget echo, /publishers/echo",
        "registry trust abc, registry forget, /registry-trust"
    })
    void whatIsSetOrRemovedIsWhatWasThereWhenTheCommandLooked(String set, String remove, String path) {
        assertThat(run(set.split(" ", 0)).exitCode()).isZero();
        assertThat(run(remove.split(" ", 0)).exitCode()).isZero();

        assertThat(server.asked())
                .extracting(Asked::method, Asked::path, Asked::ifMatch)
                .containsExactly(
                        tuple("GET", path, ""),
                        tuple("PUT", path, "\"7\""),
                        tuple("GET", path, ""),
                        tuple("DELETE", path, "\"7\""));
    }

    @ParameterizedTest
    @CsvSource({
        "user roles usr_1 viewer, /users/usr_1, PUT, /users/usr_1/roles",
        "share set 5, /fair-share, PUT, /fair-share",
        "share remove, /fair-share, DELETE, /fair-share/weight",
        "plugin grant echo, /plugins/echo/permissions, PUT, /plugins/echo/permissions",
        "plugin isolate echo, /plugins/echo, PUT, /plugins/echo/isolation"
    })
    void whatIsPartOfSomethingIsChangedInTheStateOfThat(String command, String seen, String verb, String path) {
        server.answers("GET /operations/apr_1/events", 200, "event: succeeded\ndata: {}\n\n");

        run(command.split(" ", 0));

        assertThat(server.asked().subList(0, 2))
                .extracting(Asked::method, Asked::path, Asked::ifMatch)
                .containsExactly(tuple("GET", seen, ""), tuple(verb, path, "\"7\""));
    }

    @Test
    void setOfAPolicyThatIsNotThereReplacesNothing() throws IOException {
        server.answers("GET /policies/a%20b", 404, "{\"code\": \"policy:UNKNOWN_POLICY\"}");
        var file = Files.writeString(directory.resolve("rules.json"), "{\"rules\": []}");

        assertThat(run("policy", "set", "a b", file.toString(), "--dry-run").exitCode())
                .isZero();

        assertThat(server.asked().getLast().ifMatch()).isEmpty();
        assertThat(server.asked().getLast().tenant()).isEmpty();
        assertThat(server.asked().getLast().json()).isEqualTo(Json.parseObject("{\"rules\": [], \"dryRun\": true}"));
    }

    @Test
    void setAndRemoveDoNothingWhenWhatIsThereCannotBeRead() throws IOException {
        server.answers("GET /policies/money", 403, "{\"code\": \"tenancy:SCOPE_MISSING\", \"detail\": \"No.\"}");
        var file = Files.writeString(directory.resolve("money.yaml"), RULES);

        assertThat(run("policy", "set", "money", file.toString()).exitCode()).isEqualTo(CliException.DENIED);
        assertThat(run("policy", "remove", "money").exitCode()).isEqualTo(CliException.DENIED);
        assertThat(server.asked()).extracting(Asked::method).containsOnly("GET");
    }

    @ParameterizedTest
    @ValueSource(strings = {"- a\n- b\n", "{\"rules\": [", "a: *b\n"})
    void fileThatHoldsNoPolicyIsNamedAndNotSent(String text) throws IOException {
        var file = Files.writeString(directory.resolve("broken"), text);

        var outcome = run("policy", "set", "money", file.toString());

        assertThat(outcome.exitCode()).isEqualTo(CliException.USAGE);
        assertThat(outcome.err()).contains(file.toString()).doesNotContain("\tat ");
        assertThat(run("policy", "set", "money", directory.resolve("none").toString())
                        .exitCode())
                .isEqualTo(CliException.USAGE);
        assertThat(server.asked()).isEmpty();
    }

    @Test
    void aGraphIsSentAsItIsWrittenAndItsWarningsSayWhere() throws IOException {
        server.answers("POST /graphs/validate", 200, "{\"valid\": true, \"warnings\": []}");
        var file = Files.writeString(directory.resolve("graph.yaml"), "nodes: []\nedges: []\n");

        assertThat(run("graph", "check", file.toString()).exitCode()).isZero();

        assertThat(server.asked().getLast().json()).isEqualTo(Json.parseObject("{\"nodes\": [], \"edges\": []}"));
        assertThat(GraphCommand.warnings(
                        Json.parseObject("{\"warnings\": [{\"pointer\": \"/nodes/1\", \"message\": \"May meet.\"}]}")))
                .containsExactly("Warning: May meet. At /nodes/1");
    }

    @Test
    void removeTakesAwayWhatItHasSeen() {
        server.answers("DELETE /policies/money", 204, "");

        assertThat(run("policy", "remove", "money").exitCode()).isZero();

        assertThat(server.asked()).extracting(Asked::method).containsExactly("GET", "DELETE");
        assertThat(server.asked().getLast().ifMatch()).isEqualTo("\"7\"");
    }

    @Test
    void rollbackNamesVersionAndReason() {
        run("policy", "rollback", "money", "3", "--note", "Too strict");

        assertThat(server.asked().getLast().json())
                .isEqualTo(Json.parseObject("{\"version\": 3, \"note\": \"Too strict\"}"));
    }

    @Test
    void evaluateTakesValuesFromTheCommandLineAndFromAFile() throws IOException {
        var values = "{\"tool\": {\"name\": \"bank.pay\"}}";
        var file = Files.writeString(directory.resolve("values.yaml"), "tool: {name: bank.pay}\n");
        var candidate = Files.writeString(directory.resolve("money.yaml"), RULES);

        for (var given : List.of(values, file.toString())) {
            assertThat(run("policy", "evaluate", "tool", given, "--with", candidate.toString())
                            .exitCode())
                    .isZero();
        }

        assertThat(server.asked()).hasSize(2);
        assertThat(server.asked().getFirst()).isEqualTo(server.asked().getLast());
        assertThat(server.asked().getFirst().json().object("values")).contains(Json.parseObject(values));
        assertThat(server.asked()
                        .getFirst()
                        .json()
                        .object("policy")
                        .orElseThrow()
                        .array("rules"))
                .isPresent();
        assertThat(run("policy", "evaluate", "tool", "{\"tool\":").exitCode()).isEqualTo(CliException.USAGE);
        assertThat(server.asked()).hasSize(2);
    }

    @Test
    void decisionIsExplainedByRuleAndValues() {
        var deciding = Json.parseObject(SHOWN).object("rule").orElseThrow();
        var tried = Json.parseObject("""
            {"owner": "platform", "policy": "night", "version": 1, "rule": "late", "effect": "DENY", "mode": "dry-run",
             "reason": "Sleep.", "values": {}, "error": "no such key: hour"}
            """);

        assertThat(DecisionReport.explain(JsonObject.of(
                        "effect", "REQUIRE_APPROVAL", "deciding", deciding, "matches", List.of(tried, deciding))))
                .containsExactly(
                        "effect: REQUIRE_APPROVAL",
                        "because: rule 'pay' of the tenant's policy 'money' (version 3): REQUIRE_APPROVAL."
                                + " A second pair of eyes.",
                        "  when: tool.arguments.amount > 100",
                        "  tool.arguments.amount = 120",
                        "also: rule 'late' of the platform's policy 'night' (version 1): DENY, only tried. Sleep.",
                        "  its condition has no value: no such key: hour");
        assertThat(DecisionReport.explain(JsonObject.of("effect", "ALLOW", "matches", List.of())))
                .containsExactly("effect: ALLOW", "because: no rule speaks against it");
        assertThat(DecisionReport.explain(JsonObject.of("effect", "DENY", "closedBy", "money", "matches", List.of())))
                .containsExactly(
                        "effect: DENY", "because: policy 'money' lets nothing pass without a rule that allows it");
    }

    @Test
    void decisionNamesTheNonceOfWhatWasShown() {
        run("approval", "approve", "apr_1", "--reason", "Due.", "--arguments", "{\"amount\": 1}", "--tenant", "acme");
        run("approval", "reject", "apr_1", "--nonce", "n0");
        run("approval", "delegate", "apr_1", "--to", "key_3", "-o", "json");

        assertThat(server.asked())
                .extracting(one -> one.method() + " " + one.path())
                .containsExactly(
                        "GET /approvals/apr_1",
                        "POST /approvals/apr_1/approve",
                        "GET /approvals/apr_1",
                        "POST /approvals/apr_1/reject",
                        "GET /approvals/apr_1",
                        "POST /approvals/apr_1/delegate");
        assertThat(server.asked().stream()
                        .filter(one -> one.method().equals("POST"))
                        .map(Asked::json))
                .containsExactly(
                        Json.parseObject("{\"nonce\": \"n1\", \"reason\": \"Due.\", \"arguments\": {\"amount\": 1}}"),
                        Json.parseObject("{\"nonce\": \"n0\"}"),
                        Json.parseObject("{\"nonce\": \"n1\", \"to\": \"key_3\"}"));
        assertThat(server.asked().get(1).tenant()).isEqualTo("acme");
    }

    @Test
    void whatCannotBeShownIsNotDecided() {
        server.answers("GET /approvals/apr_1", 404, "{\"code\": \"policy:UNKNOWN_APPROVAL\"}");

        for (var words : List.of("approve apr_1", "reject apr_1", "delegate apr_1 --to key_3")) {
            var outcome = run(("approval " + words).split(" "));
            assertThat(outcome.exitCode()).isEqualTo(CliException.FAILED);
            assertThat(outcome.err()).contains("'agentos approval list'");
        }
        assertThat(run("approval", "approve", "apr_1", "--arguments", "[1]").exitCode())
                .isEqualTo(CliException.USAGE);
        assertThat(server.asked()).extracting(Asked::method).containsOnly("GET");
    }

    @Test
    void whoBeganItIsToldHowAnotherDecides() {
        server.answers(
                "POST /approvals/apr_1/approve", 403, "{\"code\": \"policy:SELF_APPROVAL\", \"detail\": \"Not you.\"}");

        var outcome = run("approval", "approve", "apr_1");

        assertThat(outcome.exitCode()).isEqualTo(CliException.DENIED);
        assertThat(outcome.err()).contains("Not you.", "--key-file", "approvals:decide");
    }

    @Test
    void stateMayBeWrittenInLowerCase() {
        server.answers("GET /approvals?state=PENDING", 200, "{\"items\": []}");

        assertThat(run("approval", "list", "--state", "pending").exitCode()).isZero();
    }

    @Test
    void approvalIsShownWhole() {
        assertThat(String.join("\n", ApprovalReport.describe(Json.parseObject(SHOWN))))
                .isEqualTo("""
                    id: apr_1
                    state: PENDING
                    execution: exe_1
                    startedBy: key_1
                    risk: HIGH
                    createdAt: 2030-01-01T00:00:00Z
                    expiresAt: 2030-01-02T00:00:00Z
                    people: 2 must agree
                    vote: key_2 agreed, because: Seen.
                    rule: rule 'pay' of the tenant's policy 'money' (version 3): REQUIRE_APPROVAL. A second pair of eyes.
                      when: tool.arguments.amount > 100
                      tool.arguments.amount = 120
                    nonce: n1
                    to be done: tool bank.pay
                    arguments: {
                      "amount": 120,
                      "to": [
                        {
                          "id": "a",
                          "share": 1
                        },
                        {
                          "id": "b",
                          "share": 2
                        }
                      ],
                      "note": "",
                      "tags": []
                    }\
                    """);
    }

    /** Erases the line, turns the direction round, feigns a line, hides a letter, is a tag beyond 16 bits. */
    @ParameterizedTest
    @ValueSource(strings = {"\u001b[2K", "\u202e", "\nrisk: LOW", "\u200b", "\u009b1A", "\u2028", "\udb40\udc41"})
    void textThatModelsWroteCannotDeceiveTheReader(String trick) {
        var arguments = JsonObject.of("text", "pay " + trick + "me", trick, List.of(trick));
        var reasons = JsonObject.of("by", "key_2", "agreed", false, "reason", trick);
        var approval = JsonObject.of(
                "kind",
                "tool",
                "name",
                "bank.pay",
                "arguments",
                arguments,
                "asked",
                arguments,
                "votes",
                List.of(reasons));

        var lines = ApprovalReport.describe(approval);

        assertThat(lines.stream().filter(line -> line.startsWith("risk"))).isEmpty();
        var shown = String.join("\n", lines);
        assertThat(shown).doesNotContain(trick);
        var printed = shown.substring(shown.indexOf("arguments: ") + "arguments: ".length());
        assertThat(Json.parseObject(printed)).isEqualTo(arguments);
    }

    @Test
    void watchingTellsWhetherPeopleAreAskedOrAnAnswer() {
        var approval = Json.parseObject(
                "{\"id\": \"exe_1\", \"interrupts\": [{\"id\": \"i\", \"payload\": {\"kind\": \"approval\","
                        + " \"approval\": \"apr_1\"}}]}");
        var question =
                Json.parseObject("{\"id\": \"exe_1\", \"interrupts\": [{\"id\": \"i\", \"payload\": \"Sure?\"}]}");

        assertThat(ExecutionCommand.waiting(approval, Optional.of("acme")))
                .contains("'agentos approval show apr_1 --tenant acme'")
                .doesNotContain("resume");
        assertThat(ExecutionCommand.waiting(question, Optional.empty()))
                .contains("'agentos execution resume exe_1 --answer JSON'");
    }

    /** Only the server knows whose a key is; a switch of another owner is another one. */
    @ParameterizedTest
    @CsvSource({"'', false", "--tenant=acme, true", "--key-file=admin.key, true"})
    void aServerThatIsSlowIsGoneRoundWhenItIsKnownForWhom(String option, boolean goneRound) throws IOException {
        var key = Files.writeString(directory.resolve("tenant.key"), "aos_other");
        var words = new ArrayList<>(List.of("kill", "engage", "tool/mail.send", "--reason=Why"));
        words.add(
                option.startsWith("--key-file") ? "--key-file=" + directory.resolve("admin.key") : "--key-file=" + key);
        words.addAll(option.startsWith("--tenant") ? List.of(option) : List.of());
        try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            words.addAll(List.of("--server=127.0.0.1:" + silent.getLocalPort(), "--data-dir=" + directory));
            var err = new StringWriter();
            var exitCode = AgentOs.commandLine("kill")
                    .setErr(new PrintWriter(err, true))
                    .execute(words.toArray(String[]::new));
            if (goneRound) {
                assertThat(err.toString()).contains("launcher").doesNotContain("--direct");
            } else {
                assertThat(exitCode).isEqualTo(CliException.UNAVAILABLE);
                assertThat(err.toString()).contains("--direct", "--tenant");
            }
        }
    }
}
