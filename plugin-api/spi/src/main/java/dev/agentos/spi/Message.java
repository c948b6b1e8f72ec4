package dev.agentos.spi;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** One message of a chat. */
public sealed interface Message {

    /** Standing instructions for the model. */
    record System(String text) implements Message {
        public System {
            Objects.requireNonNull(text, "A message of the system has no text");
        }
    }

    /** What the user says, with passages where there are some. */
    record User(List<Content> content) implements Message {
        public User {
            content = List.copyOf(content);
        }

        /** A message of text alone. */
        public static User of(String text) {
            return new User(List.of(new Content.Text(text)));
        }

        /** The text parts, joined by line ends. */
        public String text() {
            return content.stream()
                    .filter(Content.Text.class::isInstance)
                    .map(part -> ((Content.Text) part).text())
                    .collect(Collectors.joining("\n"));
        }
    }

    /** What the model says: text, or requests to call tools, or both. */
    record Assistant(String text, List<ToolCall> toolCalls) implements Message {
        public Assistant {
            Objects.requireNonNull(text, "What a model says has no text: it is empty beside calls of tools");
            toolCalls = List.copyOf(toolCalls);
        }

        /** A message of text alone. */
        public static Assistant of(String text) {
            return new Assistant(text, List.of());
        }
    }

    /** The answer to one tool call. */
    record ToolAnswer(String toolCallId, String tool, ToolResult result) implements Message {
        public ToolAnswer {
            Objects.requireNonNull(toolCallId, "A tool's answer does not say to which call");
            Objects.requireNonNull(tool, "A tool's answer does not say of which tool");
            Objects.requireNonNull(result, "A tool's answer has no result");
        }
    }
}
