package dev.agentos.scripting;

/**
 * Why a source is no script.
 *
 * @param message a sentence that names line and column
 * @param line from 1
 * @param column from 1
 */
public record ScriptFault(String message, int line, int column) {}
