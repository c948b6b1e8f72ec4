package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What plugins answer is whole: a missing part fails where it is left out, in words that say what belongs there. */
class AnswersTest {

    /** Answers whose every reference matters, each with each of its references left out. */
    static Stream<Arguments> withOneLeftOut() {
        return Stream.of(
                        new ChatResponse(Message.Assistant.of("x"), Usage.NONE, FinishReason.STOP),
                        new EmbeddingResponse(List.of(), Usage.NONE),
                        new Message.Assistant("x", List.of()),
                        new Message.ToolAnswer("1", "a.b", ToolResult.of(JsonNull.NULL)),
                        new ToolCall("1", "a.b", JsonObject.EMPTY),
                        ToolResult.of(JsonNull.NULL),
                        new Content.Passage("p1", "a.txt", "x"),
                        NodeOutput.NOTHING,
                        new NodeOutput.Question("q", "Why?", Optional.empty()),
                        new ModelDescription("m", "A model", 1, true),
                        new EmbeddingModelDescription("m", "A model", 1))
                .flatMap(answer -> IntStream.range(0, answer.getClass().getRecordComponents().length)
                        .filter(i -> !answer.getClass()
                                .getRecordComponents()[i]
                                .getType()
                                .isPrimitive())
                        .mapToObj(i -> Arguments.of(answer, i)));
    }

    @ParameterizedTest
    @MethodSource("withOneLeftOut")
    void nothingIsLeftOut(Record answer, int component) throws ReflectiveOperationException {
        var components = answer.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = components[i].getAccessor().invoke(answer);
        }
        values[component] = missing();
        var constructor = answer.getClass().getDeclaredConstructor(types);
        assertThatThrownBy(() -> constructor.newInstance(values)).hasCauseInstanceOf(NullPointerException.class);
    }

    @Test
    void whoLeavesOneOutIsToldWhatToSay() {
        assertThatThrownBy(() -> new ChatResponse(Message.Assistant.of("x"), missing(), FinishReason.STOP))
                .hasMessage("A model's answer does not say what it used: Usage.NONE where nobody knows");
        assertThatThrownBy(() -> new Message.Assistant(missing(), List.of()))
                .hasMessage("What a model says has no text: it is empty beside calls of tools");
    }

    /** A null that the compiler's check does not see, as in a plugin that is not checked. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T missing() {
        return (T) null;
    }
}
