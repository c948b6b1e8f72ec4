/**
 * The REST API and its event streams over HTTP. Thin: it checks who calls and what was sent, asks the modules below,
 * and writes down what they answer; it has no rules of its own.
 */
@NullMarked
package dev.agentos.http;

import org.jspecify.annotations.NullMarked;
