package dev.agentos.spi;

import java.util.Objects;

/** A part of a message. */
public sealed interface Content {

    /** Plain text, or Markdown where the model writes it. */
    record Text(String text) implements Content {
        public Text {
            Objects.requireNonNull(text, "A part of a message has no text");
        }
    }

    /**
     * A passage of a document that the model may quote. The model cites it by its id in square brackets, as in
     * {@code [p3]}, right behind what rests on it.
     *
     * @param id unique within the request: a letter followed by letters and digits
     * @param source where it stands, as in a file's name
     * @param text the passage
     */
    record Passage(String id, String source, String text) implements Content {
        public Passage {
            Objects.requireNonNull(source, "A passage does not say where it stands");
            Objects.requireNonNull(text, "A passage has no text");
            if (!id.matches("[A-Za-z][A-Za-z0-9]*")) {
                throw new IllegalArgumentException("A passage's id is a letter and then letters or digits: " + id);
            }
        }
    }
}
