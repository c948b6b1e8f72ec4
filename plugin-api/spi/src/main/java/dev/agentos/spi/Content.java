package dev.agentos.spi;

/** A part of a message. */
public sealed interface Content {

    /** Plain text, or Markdown where the model writes it. */
    record Text(String text) implements Content {}

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
            if (!id.matches("[A-Za-z][A-Za-z0-9]*")) {
                throw new IllegalArgumentException("A passage's id is a letter and then letters or digits: " + id);
            }
        }
    }
}
