package dev.agentos.tooldocuments;

/**
 * A part of a text.
 *
 * @param start the offset of its first character, in UTF-16 units as Java counts them
 * @param end the offset behind its last character
 * @param heading the headings above it, outermost first, joined by {@code > }; may be empty
 */
record Passage(int start, int end, String heading) {}
