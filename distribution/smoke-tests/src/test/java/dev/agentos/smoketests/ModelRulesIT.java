package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.ScriptedOpenAi.Said;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What rules do with the model of a node, through the real provider's plugin and over a real socket. */
@Timeout(240)
class ModelRulesIT {

    private static final JsonObject ASKING = JsonObject.of("model", "openai/big", "prompt", "Greet.", "output", "text");

    @TempDir
    private Path directory;

    /** The small model is rude until it is told; the judge finds good what says please. */
    private static Said say(ScriptedOpenAi.Asked asked) {
        if (asked.model().equals("judge")) {
            return Said.text(
                    asked.body().contains("please")
                            ? "{\"score\": 0.9}"
                            : "{\"score\": 0.2, \"reason\": \"It is rude.\"}");
        }
        return Said.text(asked.body().contains("SAY IT KINDLY") ? "Come in, please." : "Go away.");
    }

    private static JsonObject rule(String id, String point, String effect, Object... more) {
        JsonObject rule = JsonObject.of("id", id, "point", point, "effect", effect, "reason", "Because of " + id + ".");
        for (int i = 0; i < more.length; i += 2) {
            rule = rule.with((String) more[i], more[i + 1]);
        }
        return rule;
    }

    private static List<String> outcomes(JsonArray items) {
        List<String> outcomes = new ArrayList<>();
        for (JsonValue item : items) {
            outcomes.add(((JsonObject) item).text("outcome").orElseThrow());
        }
        return outcomes;
    }

    private static void configure(Api api, ScriptedOpenAi models) {
        String path = "/api/v1/plugins/provider-openai";
        String etag = api.get(path).headers().firstValue("ETag").orElseThrow();
        JsonObject configuration = JsonObject.of(
                "baseUrl", models.baseUrl(), "facts", JsonObject.of("region", "here", "retention", "none"));
        api.succeeded(api.put(path + "/configuration", configuration, "If-Match", etag)
                .expect(202));
    }

    private static void rules(Api api, String name, JsonObject... rules) {
        api.put("/api/v1/policies/" + name, JsonObject.of("rules", List.of(rules)))
                .expect(200);
    }

    @Test
    void aNodesCallIsRoutedJudgedAskedAgainAndLimited() throws Exception {
        try (ScriptedOpenAi models = new ScriptedOpenAi(ModelRulesIT::say);
                ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            api.install("provider-openai");
            configure(api, models);
            api.post("/api/v1/graphs", OneNode.graph("greet", "llm", ASKING, "text"))
                    .expect(201);
            rules(
                    api,
                    "models",
                    rule("cheap", "route", "ROUTE", "route", JsonObject.of("model", "openai/small")),
                    rule("known", "model", "DENY", "when", "model.region != 'here' || model.declaredBy != 'plugin'"),
                    rule(
                            "dear",
                            "model",
                            "LIMIT",
                            "scope",
                            JsonObject.of("model", "openai/small"),
                            "limit",
                            JsonObject.of("requests", 4, "per", "PT1H")),
                    rule(
                            "polite",
                            "output",
                            "DENY",
                            "scope",
                            JsonObject.of("model", "openai/small"),
                            "check",
                            JsonObject.of(
                                    "judge",
                                    JsonObject.of("model", "openai/judge", "question", "Is it polite?", "pass", 0.7)),
                            "retry",
                            JsonObject.of("times", 1, "say", "SAY IT KINDLY")));

            JsonObject first = api.executed("greet", JsonObject.EMPTY);
            assertThat(first.text("state")).as(first.toString()).contains("SUCCEEDED");
            assertThat(first.object("output").orElseThrow().text("text")).contains("Come in, please.");
            assertThat(models.models()).containsExactly("small", "judge", "small", "judge");
            String id = first.text("id").orElseThrow();
            assertThat(outcomes(api.get("/api/v1/executions/" + id + "/gates")
                            .expect(200)
                            .array("items")
                            .orElseThrow()))
                    .containsExactlyInAnyOrder("FAILED", "PASSED");
            String events = api.events(id).toString();
            assertThat(events)
                    .contains("\"from\":\"openai/big\"", "\"to\":\"openai/small\"", "gate.retry", "Come in, please.")
                    .as("nobody sees what was refused")
                    .doesNotContain("Go away.");
            assertThat(api.get("/api/v1/executions/" + id + "/cost").expect(200).toString())
                    .contains("openai/small", "openai/judge")
                    .doesNotContain("openai/big");
            assertThat(api.executed("greet", JsonObject.EMPTY).text("state")).contains("SUCCEEDED");
            JsonObject third = api.executed("greet", JsonObject.EMPTY);
            assertThat(third.object("failure").orElseThrow().text("code")).contains("limits:RATE_LIMITED");
            assertThat(third.toString()).contains("Because of dear.");
            assertThat(models.models()).hasSize(8).doesNotContain("big");
        }
    }

    @Test
    void whatCannotBeRoutedOrJudgedFailsAndATrialTellsWhy() throws Exception {
        try (ScriptedOpenAi models = new ScriptedOpenAi(asked -> asked.model().equals("broken")
                        ? new Said(500, "{\"error\":{\"message\":\"out of order\"}}")
                        : say(asked));
                ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            api.install("provider-openai");
            configure(api, models);
            api.post("/api/v1/graphs", OneNode.graph("greet", "llm", ASKING, "text"))
                    .expect(201);
            rules(api, "models", rule("away", "route", "ROUTE", "route", JsonObject.of("model", "nobody/none")));
            JsonObject lost = api.executed("greet", JsonObject.EMPTY);
            assertThat(lost.object("failure").orElseThrow().text("code")).contains("policy:NO_ROUTE");
            assertThat(models.asked()).isEmpty();

            api.delete("/api/v1/policies/models", "If-Match", "\"1\"").expect(204);
            JsonObject check = JsonObject.of(
                    "judge", JsonObject.of("model", "openai/broken", "question", "Is it polite?", "pass", 0.7));
            rules(api, "polite", rule("polite", "output", "DENY", "check", check));
            JsonObject unjudged = api.executed("greet", JsonObject.EMPTY);
            assertThat(unjudged.object("failure").orElseThrow().text("code")).contains("policy:DENIED");
            assertThat(models.models()).startsWith("big", "broken");

            JsonObject question = JsonObject.of(
                    "point",
                    "output",
                    "values",
                    JsonObject.of("output", JsonObject.of("kind", "model", "text", "Go away.")),
                    "name",
                    "polite",
                    "policy",
                    JsonObject.of(
                            "rules",
                            List.of(rule(
                                    "polite",
                                    "output",
                                    "DENY",
                                    "check",
                                    JsonObject.of(
                                            "judge",
                                            JsonObject.of(
                                                    "model",
                                                    "openai/judge",
                                                    "question",
                                                    "Is it polite?",
                                                    "pass",
                                                    0.7))))));
            int before = models.asked().size();
            JsonObject silent = api.post("/api/v1/policies/evaluate", question).expect(200);
            assertThat(outcomes(silent.array("checks").orElseThrow())).containsExactly("NOT_MADE");
            assertThat(models.asked()).hasSize(before);
            JsonObject judged = api.post("/api/v1/policies/evaluate", question.with("runJudges", true))
                    .expect(200);
            assertThat(judged.toString()).contains("gives 0.2 of the 0.7 that are needed: It is rude.");
            assertThat(models.models().getLast()).isEqualTo("judge");
        }
    }
}
