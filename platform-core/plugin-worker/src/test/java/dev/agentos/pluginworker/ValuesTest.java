package dev.agentos.pluginworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.Effect;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Message.Assistant;
import dev.agentos.spi.Message.System;
import dev.agentos.spi.Message.ToolAnswer;
import dev.agentos.spi.Message.User;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import dev.agentos.spi.Usage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What goes from one process to the other arrives as it was. */
class ValuesTest {

    private static final JsonObject SCHEMA = JsonObject.of("type", "object");
    private static final ToolDescription TOOL = new ToolDescription("a.b", "Does.", SCHEMA, Effect.IDEMPOTENT);
    private static final Assistant SAID =
            new Assistant("text", List.of(new ToolCall("c1", "a.b", JsonObject.of("x", 1))));

    @Test
    void valuesArrive() {
        ToolResult result = ToolResult.failure("no");
        assertThat(Values.tool(Values.write(TOOL))).isEqualTo(TOOL);
        assertThat(Values.toolResult(Values.write(result))).isEqualTo(result);
        ModelDescription model = new ModelDescription("m", "Says.", 100, true, new DeclaredFacts("eu", "FR", "none"));
        assertThat(Values.model(Values.write(model))).isEqualTo(model);
        EmbeddingModelDescription embedder = new EmbeddingModelDescription("e", "Embeds.", 3);
        assertThat(Values.embeddingModel(Values.write(embedder))).isEqualTo(embedder);
        ChatRequest request = new ChatRequest(
                "m",
                List.of(
                        new System("be good"),
                        new User(List.of(new Content.Text("hi"), new Content.Passage("p1", "page", "text"))),
                        SAID,
                        new ToolAnswer("c1", "a.b", result)),
                List.of(TOOL),
                new ChatOptions(Optional.of(0.5), Optional.of(7)));
        assertThat(Values.chatRequest(Values.write(request))).isEqualTo(request);
        ChatResponse response = new ChatResponse(SAID, new Usage(1, 2), FinishReason.STOP);
        assertThat(Values.chatResponse(Values.write(response))).isEqualTo(response);
        EmbeddingRequest texts = new EmbeddingRequest("e", List.of("a", "b"));
        assertThat(Values.embeddingRequest(Values.write(texts))).isEqualTo(texts);
        EmbeddingResponse embedded =
                new EmbeddingResponse(List.of(Embedding.of(new float[] {1, 2.5f})), new Usage(3, 0));
        assertThat(Values.embeddingResponse(Values.write(embedded))).isEqualTo(embedded);
        NodeInput input = new NodeInput("n", SCHEMA, JsonObject.of("c", 1), JsonObject.of("q", "yes"));
        assertThat(Values.nodeInput(Values.write(input))).isEqualTo(input);
        NodeOutput asking = NodeOutput.asking(
                new NodeOutput.Question("q", "Sure?", Optional.of(SCHEMA)),
                new NodeOutput.Question("r", "Really?", Optional.empty()));
        assertThat(Values.nodeOutput(Values.write(asking))).isEqualTo(asking);
        NodeOutput writes = new NodeOutput(JsonObject.of("c", 2), List.of("END"));
        assertThat(Values.nodeOutput(Values.write(writes))).isEqualTo(writes);
    }

    @Test
    void failuresArriveAsWords() {
        AgentOsException own = new AgentOsException(ErrorCode.of("x", "Y", ErrorType.EXTERNAL, true), "It is.", "Do.");
        assertThat(Failures.read(Failures.write(own, "p.E"))).isInstanceOfSatisfying(AgentOsException.class, read -> {
            assertThat(read.errorCode().code()).isEqualTo("x:Y");
            assertThat(read.errorCode().type()).isEqualTo(ErrorType.EXTERNAL);
            assertThat(read.errorCode().retriable()).isTrue();
            assertThat(read).hasMessage("It is.");
            assertThat(read.action()).isEqualTo("Do.");
        });
        assertThat(Failures.read(Failures.write(new IllegalStateException("odd"), "p.E")))
                .isInstanceOfSatisfying(PluginDefect.class, read -> {
                    assertThat(read.extension()).isEqualTo("p.E");
                    assertThat(read).hasMessage("java.lang.IllegalStateException: odd");
                });
    }

    @Test
    void messagesArriveAndWhatIsNoneIsRefused() throws IOException {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Message message = Message.of(Message.Kind.REQUEST, 7, 3, JsonObject.of("a", new JsonString("ü")));
        new Channel(new ByteArrayInputStream(new byte[0]), sent).send(message);

        Channel received = new Channel(new ByteArrayInputStream(sent.toByteArray()), new ByteArrayOutputStream());
        Message found = received.receive();
        assertThat(found.kind()).isEqualTo(Message.Kind.REQUEST);
        assertThat(found.id()).isEqualTo(7);
        assertThat(found.call()).isEqualTo(3);
        assertThat(found.body()).isEqualTo(message.body());
        assertThatThrownBy(received::receive).isInstanceOf(EOFException.class);

        Channel other = new Channel(
                new ByteArrayInputStream(
                        "Something that a library prints".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                new ByteArrayOutputStream());
        assertThatThrownBy(other::receive).isInstanceOf(IOException.class).hasMessageContaining("no message");
    }
}
