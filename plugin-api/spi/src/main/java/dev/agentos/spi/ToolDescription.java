package dev.agentos.spi;

/**
 * What a tool is, for models and people.
 *
 * @param name unique on the server: lower-case words with dots, as in {@code documents.split}; at most 200 characters
 * @param description what it does and when to use it
 * @param inputSchema JSON Schema 2020-12 of its arguments, of type {@code object}
 * @param effect what a call changes outside the server
 */
public record ToolDescription(String name, String description, JsonObject inputSchema, Effect effect) {

    private static final int LONGEST_NAME = 200;

    public ToolDescription {
        if (name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException("A tool's name has at most " + LONGEST_NAME + " characters, and "
                    + name.substring(0, 40) + "… has " + name.length());
        }
        if (!name.matches("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)*")) {
            throw new IllegalArgumentException("A tool's name is lower-case words with dots: " + name);
        }
    }
}
