package dev.agentos.spi;

import java.util.Objects;

/**
 * What a tool is, for models and people.
 *
 * @param name unique on the server: lower-case words with dots, as in {@code documents.split}; at most 200 characters
 * @param description what it does and when to use it; at most 20,000 characters
 * @param inputSchema JSON Schema 2020-12 of its arguments, of type {@code object}; at most 200,000 characters of JSON
 * @param effect what a call changes outside the server
 */
public record ToolDescription(String name, String description, JsonObject inputSchema, Effect effect) {

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_DESCRIPTION = 20_000;
    private static final int LARGEST_SCHEMA = 200_000;

    public ToolDescription {
        Objects.requireNonNull(name, "A tool has no name");
        Objects.requireNonNull(description, () -> "The tool " + name + " has no description");
        Objects.requireNonNull(inputSchema, () -> "The tool " + name + " has no schema of its arguments");
        Objects.requireNonNull(effect, () -> "The tool " + name + " says nothing of its effect");
        if (name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException("A tool's name has at most " + LONGEST_NAME + " characters, and "
                    + name.substring(0, 40) + "… has " + name.length());
        }
        if (!name.matches("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)*")) {
            throw new IllegalArgumentException("A tool's name is lower-case words with dots: " + name);
        }
        if (description.length() > LONGEST_DESCRIPTION) {
            throw new IllegalArgumentException("A tool's description has at most " + LONGEST_DESCRIPTION
                    + " characters, and that of " + name + " has " + description.length());
        }
        if (inputSchema.toString().length() > LARGEST_SCHEMA) {
            throw new IllegalArgumentException("The schema of a tool's arguments has at most " + LARGEST_SCHEMA
                    + " characters, and that of " + name + " has more");
        }
    }
}
