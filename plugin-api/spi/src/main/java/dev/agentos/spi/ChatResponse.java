package dev.agentos.spi;

import java.util.Objects;

/**
 * A model's answer.
 *
 * @param message text, tool calls, or both
 * @param usage what it used
 * @param finish why it ended
 */
public record ChatResponse(Message.Assistant message, Usage usage, FinishReason finish) {
    public ChatResponse {
        Objects.requireNonNull(message, "A model's answer has no message");
        Objects.requireNonNull(usage, "A model's answer does not say what it used: Usage.NONE where nobody knows");
        Objects.requireNonNull(finish, "A model's answer does not say why it ended");
    }
}
