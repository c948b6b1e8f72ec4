package dev.agentos.providerlocal;

/**
 * A sentence of a passage.
 *
 * @param passage the passage's id
 * @param quote the sentence as it stands in the passage, with each run of white space as one space
 * @param plain the sentence without markup, for comparing
 */
record Sentence(String passage, String quote, String plain) {}
