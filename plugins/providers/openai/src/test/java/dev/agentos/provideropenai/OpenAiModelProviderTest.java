package dev.agentos.provideropenai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.Effect;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import dev.agentos.spi.Usage;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.testkit.ModelProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiModelProviderTest extends ModelProviderContract {

    private static final ToolDescription GREET = new ToolDescription(
            "hello.greet",
            "Greets a person by name.",
            JsonObject.of(
                    "type", "object",
                    "properties", JsonObject.of("name", JsonObject.of("type", "string", "maxLength", 9)),
                    "required", List.of("name")),
            Effect.PURE);

    private final OpenAiModelProvider provider = new OpenAiModelProvider();
    private PlayedServer server;
    private FakePluginContext lent = FakePluginContext.of("provider-openai");

    @BeforeEach
    void start() throws IOException {
        server = new PlayedServer();
        lent = settings("PT1M");
    }

    @AfterEach
    void stop() {
        provider.stop();
        server.close();
    }

    @Override
    protected ModelProvider provider() {
        return provider;
    }

    @Override
    protected FakeCallContext context() {
        return FakeCallContext.create().with(lent);
    }

    @Override
    protected ChatRequest goodRequest() {
        return request("any", Message.User.of("What is it?"));
    }

    @Override
    protected boolean refusesUnlistedModels() {
        return false;
    }

    @Test
    void streamsTextAndCountsTokens() {
        List<String> streamed = new ArrayList<>();
        ChatResponse response = provider.chat(goodRequest(), streamed::add, context());
        assertThat(streamed).containsExactly("The answer ", "is 42 [p1].");
        assertThat(response.message().text()).isEqualTo("The answer is 42 [p1].");
        assertThat(response.usage()).isEqualTo(new Usage(7, 3));
        assertThat(response.finish()).isEqualTo(FinishReason.STOP);
        assertThat(server.keys()).containsExactly("Bearer sk-test");
    }

    @Test
    void passagesAndOptionsAreSent() {
        Message.User user = new Message.User(
                List.of(new Content.Text("What is it?"), new Content.Passage("p1", "a.md", "It is forty-two.")));
        provider.chat(
                new ChatRequest(
                        "any",
                        List.of(new Message.System("Be brief."), user),
                        List.of(),
                        new ChatOptions(Optional.of(0.5), Optional.of(99))),
                text -> {},
                context());
        assertThat(server.bodies().getFirst())
                .contains("Be brief.", "[p1] a.md:\\nIt is forty-two.", "as in [p1]", "0.5", "99");
    }

    @Test
    void toolsAreCalledAndAnswered() {
        ChatRequest first =
                new ChatRequest("tools", List.of(Message.User.of("Greet Ada")), List.of(GREET), ChatOptions.DEFAULTS);
        ChatResponse response = provider.chat(first, text -> {}, context());
        ToolCall call = new ToolCall("call_9", "hello.greet", JsonObject.of("name", "Ada"));
        assertThat(response.message().toolCalls()).containsExactly(call);
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(server.bodies().getFirst()).contains("hello_greet", "maxLength");

        provider.chat(
                request(
                        "any",
                        Message.User.of("Greet Ada"),
                        response.message(),
                        new Message.ToolAnswer(
                                "call_9", "hello.greet", ToolResult.of(JsonObject.of("greeting", "Hi")))),
                text -> {},
                context());
        assertThat(server.bodies().getLast()).contains("call_9", "hello_greet", "greeting");
    }

    @ParameterizedTest
    @CsvSource({
        "400, openai:INVALID_REQUEST, false",
        "401, openai:AUTHENTICATION, false",
        "403, openai:AUTHENTICATION, false",
        "404, openai:UNKNOWN_MODEL, false",
        "429, openai:RATE_LIMITED, true",
        "500, openai:UNAVAILABLE, true",
        "503, openai:UNAVAILABLE, true"
    })
    void statusesBecomeCodes(int status, String code, boolean retriable) {
        assertFails("status-" + status, context(), code, retriable);
        assertThat(server.bodies())
                .as("requests: the host retries, not the client")
                .hasSize(1);
    }

    @Test
    void slowAndCutAnswersMayBeRetried() {
        assertFails("slow", context(), "openai:TIMEOUT", true);
        assertFails("cut", context(), "openai:UNAVAILABLE", true);
    }

    @Test
    void nobodyListeningIsUnavailable() {
        lent = FakePluginContext.of("provider-openai")
                .configured(JsonObject.of("baseUrl", "http://127.0.0.1:1/v1", "timeout", "PT2S"));
        assertFails("any", context(), "openai:UNAVAILABLE", true);
    }

    @Test
    void aCancelledCallClosesTheStream() {
        FakeCallContext call = context();
        assertThatThrownBy(() -> provider.chat(request("endless", Message.User.of("Go")), text -> call.cancel(), call))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        failure -> assertThat(failure.errorCode().code()).isEqualTo("openai:CANCELLED"));
        await().until(server::clientGone);
    }

    @Test
    void anInterruptedThreadClosesTheStream() {
        assertThatThrownBy(() -> provider.chat(
                        request("endless", Message.User.of("Go")),
                        text -> Thread.currentThread().interrupt(),
                        context()))
                .hasMessageContaining("stopped");
        assertThat(Thread.interrupted()).isTrue();
        await().until(server::clientGone);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dripping", "silent"})
    void aModelThatSaysNothingIsLeft(String model) {
        lent = settings("PT1S");
        assertFails(model, context(), "openai:TIMEOUT", true);
        await().until(server::clientGone);
    }

    @Test
    void aCancelledCallClosesAStreamWithoutAnyWord() {
        FakeCallContext call = context();
        Thread.ofVirtual().start(() -> {
            server.awaitRequest();
            call.cancel();
        });
        assertFails("dripping", call, "openai:CANCELLED", false);
        await().until(server::clientGone);
    }

    @Test
    void aCancelledCallClosesAConnectionThatNobodyAnswers() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            lent = FakePluginContext.of("provider-openai")
                    .configured(JsonObject.of(
                            "baseUrl", "http://127.0.0.1:" + silent.getLocalPort() + "/v1", "timeout", "PT1M"));
            FakeCallContext call = context();
            AtomicInteger last = new AtomicInteger();
            Thread reader = Thread.ofVirtual().start(() -> {
                try (Socket connection = silent.accept()) {
                    last.set(connection.getInputStream().read());
                    call.cancel();
                    // The rest of the request, and behind it the end, which only the client makes.
                    while (connection.getInputStream().read() >= 0) {
                        last.incrementAndGet();
                    }
                    last.set(-1);
                } catch (IOException e) {
                    last.set(-1);
                }
            });
            assertFails("any", call, "openai:CANCELLED", false);
            await().until(() -> !reader.isAlive());
            assertThat(last).hasValue(-1);
        }
    }

    @Test
    void aPassedDeadlineEndsTheWait() {
        FakeCallContext call = context().until(Instant.now().plusMillis(200));
        assertFails("slow", call, "openai:CANCELLED", false);
    }

    @Test
    void withoutKeyItSaysWhichSecretToSet() {
        lent = FakePluginContext.of("provider-openai");
        assertFails("any", context(), "openai:KEY_MISSING", false);

        lent = FakePluginContext.of("provider-openai")
                .configured(JsonObject.of("baseUrl", "http://127.0.0.1:1/v1", "timeout", "PT2S"));
        assertFails("any", context(), "openai:UNAVAILABLE", true);
    }

    @Test
    void aSecretThatChangesIsInForceAtOnce() {
        Map<String, String> secrets = new HashMap<>(Map.of("OPENAI_API_KEY", "sk-old"));
        FakeCallContext call = FakeCallContext.create().with(new ChangingSecrets(lent, secrets));
        provider.chat(goodRequest(), text -> {}, call);
        secrets.put("OPENAI_API_KEY", "sk-new");
        provider.chat(goodRequest(), text -> {}, call);
        assertThat(server.keys()).containsExactly("Bearer sk-old", "Bearer sk-new");
        secrets.remove("OPENAI_API_KEY");
        provider.chat(goodRequest(), text -> {}, call);
        assertThat(server.keys()).last().isNotEqualTo("Bearer sk-new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT9999999999999H", "soon"})
    void aTimeoutThatIsNoneIsSaid(String timeout) {
        lent = settings(timeout);
        assertFails("any", context(), "openai:INVALID_CONFIGURATION", false);
        assertThatThrownBy(() -> new OpenAiEmbeddingProvider()
                        .embed(new EmbeddingRequest("text-embedding-3-small", List.of("a")), context()))
                .hasMessageContaining(timeout);
    }

    @Test
    void embedsTexts() {
        OpenAiEmbeddingProvider embeddings = new OpenAiEmbeddingProvider();
        var response = embeddings.embed(new EmbeddingRequest("text-embedding-3-small", List.of("a", "b")), context());
        assertThat(response.embeddings()).hasSize(2);
        assertThat(response.embeddings().getLast().vector()).containsExactly(0, 1);
        assertThat(response.usage().inputTokens()).isEqualTo(4);
        assertThatThrownBy(() -> embeddings.embed(new EmbeddingRequest("x", List.of("a")), context()))
                .hasMessageContaining("'x'");
    }

    private void assertFails(String model, FakeCallContext call, String code, boolean retriable) {
        assertThatThrownBy(() -> provider.chat(request(model, Message.User.of("Hi")), text -> {}, call))
                .isInstanceOfSatisfying(AgentOsException.class, failure -> {
                    assertThat(failure.errorCode().code()).isEqualTo(code);
                    assertThat(failure.errorCode().retriable()).isEqualTo(retriable);
                    assertThat(failure.getMessage()).doesNotContain("secret prompt");
                });
    }

    private FakePluginContext settings(String timeout) {
        return FakePluginContext.of("provider-openai")
                .configured(JsonObject.of("baseUrl", server.baseUrl(), "timeout", timeout))
                .withSecret("OPENAI_API_KEY", "sk-test");
    }

    private static ChatRequest request(String model, Message... messages) {
        return new ChatRequest(model, List.of(messages), List.of(), ChatOptions.DEFAULTS);
    }

    @Test
    void declaresWhatIsConfiguredAndWhatIsSoOfOpenAisOwnServer() {
        FakePluginContext plain = FakePluginContext.of("provider-openai");
        provider.start(plain);
        assertThat(provider.facts()).isEqualTo(new DeclaredFacts("us", "US", "P30D"));
        provider.start(plain.configured(JsonObject.of("baseUrl", "http://127.0.0.1:1/v1")));
        assertThat(provider.facts()).as("of another server nothing is known").isEqualTo(DeclaredFacts.NONE);
        JsonObject facts = JsonObject.of("region", "eu", "retention", "none");
        provider.start(plain.configured(JsonObject.of("facts", facts)));
        assertThat(provider.facts()).isEqualTo(new DeclaredFacts("eu", "", "none"));
        assertThatThrownBy(() ->
                        provider.start(plain.configured(JsonObject.of("facts", JsonObject.of("region", "eu'; drop")))))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).isEqualTo("openai:INVALID_CONFIGURATION"));
    }
}
