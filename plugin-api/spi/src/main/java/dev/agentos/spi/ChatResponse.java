package dev.agentos.spi;

/**
 * A model's answer.
 *
 * @param message text, tool calls, or both
 * @param usage what it used
 * @param finish why it ended
 */
public record ChatResponse(Message.Assistant message, Usage usage, FinishReason finish) {}
