package dev.agentos.protocolopenai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.TenantExecutions;
import dev.agentos.spi.TenantExecutions.Lifetime;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakeTenantExecutions;
import dev.agentos.testkit.ProtocolContract;
import dev.agentos.testkit.RecordedStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiProtocolTest extends ProtocolContract {

    private static final JsonObject ANY = JsonObject.of("type", "object");
    private static final JsonObject QUESTION = (JsonObject) JsonValue.parse("""
        {"type":"object","properties":{"question":{"type":"string"},"folder":{"type":"string"}},"required":["question"]}
        """);

    @Override
    protected Protocol protocol() {
        return new OpenAiProtocol();
    }

    @Override
    protected ProtocolRequest goodRequest() {
        return chat("desk/chat", "");
    }

    @Override
    protected FakeTenantExecutions executions() {
        return FakeTenantExecutions.create()
                .offering(agent("desk/chat", ANY, Optional.of("messages")), List.of("Hel", "lo"), input -> {
                    JsonArray said = input.array("messages").orElseThrow();
                    return JsonObject.of(
                            "messages",
                            List.of(said.items().getLast(), JsonObject.of("role", "assistant", "content", "Hello")));
                })
                .offering(
                        agent("desk/research", QUESTION, Optional.empty()),
                        List.of("thinking"),
                        input -> input.with("answer", "42").with("folder", "").with("citations", List.of()))
                .offering(agent("desk/odd", ANY, Optional.empty()), List.of(), input -> input)
                .offering(agent("desk/broken", ANY, Optional.of("messages")), List.of(), input -> {
                    throw new AgentOsException(
                            ErrorCode.of("vendor", "RATE_LIMITED", ErrorType.EXTERNAL, true), "Too many.", "Wait.");
                });
    }

    private static TenantExecutions.Agent agent(String id, JsonObject schema, Optional<String> chat) {
        return new TenantExecutions.Agent(id, "For tests.", schema, chat);
    }

    private static ProtocolRequest chat(String model, String more) {
        return ProtocolRequest.post("/v1/chat/completions", JsonValue.parse("""
            {"model":"%s","temperature":0.5,"messages":[{"role":"developer","content":"Be kind."},
            {"role":"user","content":[{"type":"text","text":"Who"},{"type":"text","text":"there?"}]}]%s}
            """.formatted(model, more)));
    }

    private ProtocolResponse answer(ProtocolRequest request) {
        return answer(request, executions());
    }

    private ProtocolResponse answer(ProtocolRequest request, TenantExecutions executions) {
        return protocol()
                .answer(request, RecordedStream.create(), executions, callContext())
                .orElseThrow();
    }

    private static JsonObject json(ProtocolResponse response) {
        return (JsonObject) JsonValue.parse(response.text());
    }

    private static String code(ProtocolResponse response) {
        JsonObject error = json(response).object("error").orElseThrow();
        assertThat(error.members()).containsOnlyKeys("message", "type", "param", "code");
        return error.text("code").orElseThrow();
    }

    @Test
    void listsTheAgentsAsModels() {
        ProtocolResponse list = answer(ProtocolRequest.of("GET", "/v1/models"));
        assertThat(list.text())
                .startsWith("{\"object\":\"list\",\"data\":[{\"id\":\"desk/broken\",\"object\":\"model\",\"created\":0,"
                        + "\"owned_by\":\"desk\"}");
        assertThat(json(answer(ProtocolRequest.of("GET", "/v1/models/desk/chat")))
                        .text("id"))
                .contains("desk/chat");
        assertThat(code(answer(ProtocolRequest.of("GET", "/v1/models/desk/none"))))
                .isEqualTo("model_not_found");
        assertThat(answer(ProtocolRequest.of("GET", "/v1/chat/completions")).status())
                .isEqualTo(405);
    }

    @Test
    void givesAnAgentWithAChatAllThatWasSaid() {
        FakeTenantExecutions executions = executions();
        ProtocolResponse response = answer(chat("desk/chat", ""), executions);
        assertThat(response.status()).as(response.text()).isEqualTo(200);
        assertThat(executions.inputs()).hasSize(1).first().hasToString("""
            {"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Who\\nthere?"}]}\
            """);
        assertThat(executions.lifetimes()).containsExactly(Lifetime.OF_THE_CALL);
        JsonObject completion = json(response);
        assertThat(completion.text("object")).contains("chat.completion");
        assertThat(completion.text("model")).contains("desk/chat");
        assertThat(completion.member("choices").orElseThrow()).hasToString("""
            [{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,\
            "finish_reason":"stop"}]\
            """);
    }

    @Test
    void givesAnAgentWithOneTextWhatWasSaidLast() {
        FakeTenantExecutions executions = executions();
        ProtocolResponse response = answer(chat("desk/research", ""), executions);
        assertThat(executions.inputs()).containsExactly(JsonObject.of("question", "Who\nthere?"));
        assertThat(response.text()).contains("\"content\":\"42\"");
        assertThat(code(answer(chat("desk/odd", "")))).isEqualTo("invalid_value");
    }

    @Test
    void streamsWhatAChatSays() {
        RecordedStream stream = RecordedStream.create();
        assertThat(protocol().answer(chat("desk/chat", ",\"stream\":true"), stream, executions(), callContext()))
                .isEmpty();
        assertThat(stream.head().orElseThrow().headers().get("content-type"))
                .containsExactly("text/event-stream; charset=utf-8");
        assertThat(stream.writes()).allMatch(write -> write.startsWith("data: ") && write.endsWith("\n\n"));
        assertThat(stream.writes().getLast()).isEqualTo("data: [DONE]\n\n");
        assertThat(deltas(stream))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"} null",
                        "{\"content\":\"Hel\"} null",
                        "{\"content\":\"lo\"} null",
                        "{} \"stop\"");
    }

    @Test
    void streamsTheAnswerAloneOfAnAgentWithoutAChat() {
        RecordedStream stream = RecordedStream.create();
        protocol().answer(chat("desk/research", ",\"stream\":true"), stream, executions(), callContext());
        assertThat(deltas(stream))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"} null", "{\"content\":\"42\"} null", "{} \"stop\"");
    }

    private static List<String> deltas(RecordedStream stream) {
        return stream.writes().stream()
                .filter(write -> !write.contains("[DONE]"))
                .map(write -> (JsonObject) JsonValue.parse(write.substring(6)))
                .map(chunk -> (JsonObject)
                        chunk.array("choices").orElseThrow().items().getFirst())
                .map(choice -> choice.object("delta").orElseThrow() + " "
                        + choice.member("finish_reason").orElseThrow())
                .toList();
    }

    @Test
    void noClientAsksAgainBehindAnExecutionThatWasStarted() {
        for (TenantExecutions.State state : List.of(
                TenantExecutions.State.SUCCEEDED,
                TenantExecutions.State.FAILED,
                TenantExecutions.State.WAITING,
                TenantExecutions.State.RUNNING,
                TenantExecutions.State.TIMED_OUT)) {
            TenantExecutions executions = new OddExecutions(
                    executions(),
                    id -> id,
                    before -> new TenantExecutions.Status(
                            before.id(), before.agent(), state, before.output(), before.failure()));
            assertThat(answer(chat("desk/chat", ""), executions).headers())
                    .as(state.name())
                    .containsEntry("x-should-retry", List.of("false"));
        }
        ProtocolResponse behind = answer(chat("desk/chat", ""), new OddExecutions(executions(), id -> id, status -> {
            throw failure("server", "DATABASE_UNAVAILABLE");
        }));
        assertThat(behind.status()).isEqualTo(503);
        assertThat(behind.headers()).containsEntry("x-should-retry", List.of("false"));
        RecordedStream stream = RecordedStream.create();
        protocol().answer(chat("desk/chat", ",\"stream\":true"), stream, executions(), callContext());
        assertThat(stream.head().orElseThrow().headers()).containsEntry("x-should-retry", List.of("false"));
        assertThat(answer(chat("desk/none", "")).headers()).doesNotContainKey("x-should-retry");
    }

    @ParameterizedTest
    @CsvSource({
        "limits, RATE_LIMITED, 429, rate_limit_error",
        "quotas, QUOTA_EXCEEDED, 429, rate_limit_error",
        "quotas, QUEUE_FULL, 429, rate_limit_error",
        "server, DATABASE_UNAVAILABLE, 503, server_error"
    })
    void whatIsRefusedBeforeItBeginsMayBeAskedAgain(String origin, String name, int http, String type) {
        ProtocolResponse response = answer(
                chat("desk/chat", ""),
                new OddExecutions(
                        executions(),
                        agent -> {
                            throw failure(origin, name);
                        },
                        status -> status));
        assertThat(response.status()).isEqualTo(http);
        assertThat(code(response)).isEqualTo(origin + ":" + name);
        assertThat(json(response).object("error").orElseThrow().text("type")).contains(type);
        assertThat(response.headers()).doesNotContainKey("x-should-retry");
    }

    private static AgentOsException failure(String origin, String name) {
        return new AgentOsException(ErrorCode.of(origin, name, ErrorType.RESOURCES, true), "Not now.", "Wait.");
    }

    @Test
    void saysWhyAnExecutionFailed() {
        ProtocolResponse response = answer(chat("desk/broken", ""));
        assertThat(response.status()).isEqualTo(500);
        assertThat(code(response)).isEqualTo("vendor:RATE_LIMITED");
        assertThat(response.text()).contains("Too many. Wait.");
        RecordedStream stream = RecordedStream.create();
        protocol().answer(chat("desk/broken", ",\"stream\":true"), stream, executions(), callContext());
        assertThat(stream.writes().getLast())
                .startsWith("data: {\"error\":{\"message\":\"Too many. Wait.\"")
                .doesNotContain("[DONE]");
    }

    @Test
    void leavesAClientThatIsGone() {
        FakeCallContext call = callContext();
        call.cancel();
        assertThatThrownBy(() -> protocol()
                        .answer(
                                chat("desk/chat", ",\"stream\":true"),
                                RecordedStream.lostBehind(2),
                                executions(),
                                call))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("gone away");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}|model",
                "{\"model\":\"desk/chat\"}|messages",
                "{\"model\":\"desk/chat\",\"messages\":[]}|messages",
                "{\"model\":\"desk/chat\",\"messages\":[1]}|messages[0]",
                "{\"model\":\"desk/chat\",\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}|messages[0].role",
                "{\"model\":\"desk/chat\",\"messages\":[{\"role\":\"user\"}]}|messages[0].content",
                "{\"model\":\"desk/chat\",\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}|n",
                "{\"model\":\"desk/chat\",\"tools\":[],\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}|tools",
            })
    void namesTheMemberThatIsWrong(String body, String parameter) {
        ProtocolResponse response = answer(ProtocolRequest.post("/v1/chat/completions", JsonValue.parse(body)));
        assertThat(response.status()).isEqualTo(400);
        code(response);
        assertThat(json(response).object("error").orElseThrow().text("param")).contains(parameter);
    }

    @Test
    void refusalsOfTheServerAreErrorsToo() {
        ProtocolResponse response = answer(chat("desk/chat", ""), FakeTenantExecutions.refusing());
        assertThat(response.status()).isEqualTo(403);
        assertThat(code(response)).isEqualTo("tenancy:SCOPE_MISSING");
    }
}
