package dev.agentos.invocation.internal;

import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.Usage;
import java.util.function.LongBinaryOperator;

/**
 * How many tokens a text comes to where nobody has counted them. Each model cuts text in its own way: prose comes to
 * four characters a token, code to three, keys and numbers to two, other scripts than the Latin one to one.
 */
public final class ModelTokens {

    /** What a message takes beside its text. */
    private static final long MESSAGE = 8;

    private ModelTokens() {}

    /** What a chat comes to at most, but for texts that are strange throughout. */
    public static long most(ChatRequest request) {
        return sum(request, (plain, other) -> Math.ceilDiv(plain, 2) + other)
                + MESSAGE * (request.messages().size() + request.tools().size() + 1);
    }

    /** What texts come to at most. */
    public static long most(EmbeddingRequest request) {
        return sum(request, (plain, other) -> Math.ceilDiv(plain, 2) + other)
                + MESSAGE * request.texts().size();
    }

    /** What a chat and that many characters of its answer come to on average. */
    public static Usage likely(ChatRequest request, long answered) {
        return new Usage(sum(request, ModelTokens::average), average(answered, 0));
    }

    /** What texts come to on average. */
    public static Usage likely(EmbeddingRequest request) {
        return new Usage(sum(request, ModelTokens::average), 0);
    }

    /** How long an answer is. */
    public static long characters(ChatResponse response) {
        return response.message().text().length()
                + response.message().toolCalls().stream()
                        .mapToLong(call -> call.tool().length()
                                + call.arguments().toString().length())
                        .sum();
    }

    private static long average(long plain, long other) {
        return Math.ceilDiv(plain, 4) + other;
    }

    private static long sum(EmbeddingRequest request, LongBinaryOperator tokens) {
        Count count = new Count();
        request.texts().forEach(count::add);
        return count.tokens(tokens);
    }

    private static long sum(ChatRequest request, LongBinaryOperator tokens) {
        Count count = new Count();
        for (Message message : request.messages()) {
            switch (message) {
                case Message.System system -> count.add(system.text());
                case Message.User user -> user.content().forEach(count::add);
                case Message.Assistant assistant -> {
                    count.add(assistant.text());
                    assistant.toolCalls().forEach(call -> {
                        count.add(call.tool());
                        count.add(call.arguments().toString());
                    });
                }
                case Message.ToolAnswer answer ->
                    count.add(answer.result().output().toString());
            }
        }
        for (ToolDescription tool : request.tools()) {
            count.add(tool.name());
            count.add(tool.description());
            count.add(tool.inputSchema().toString());
        }
        return count.tokens(tokens);
    }

    /** Characters of ASCII, and others. */
    private static final class Count {
        private long plain;
        private long other;

        void add(Content content) {
            switch (content) {
                case Content.Text text -> add(text.text());
                case Content.Passage passage -> {
                    add(passage.source());
                    add(passage.text());
                }
            }
        }

        void add(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) < 128) {
                    plain++;
                } else {
                    other++;
                }
            }
        }

        long tokens(LongBinaryOperator tokens) {
            return tokens.applyAsLong(plain, other);
        }
    }
}
