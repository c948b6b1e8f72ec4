/**
 * What a plugin author tests with: a contract suite per extension point, a fake host, a model that answers from a
 * script, and a builder of synthetic plugin JARs, whole and broken. Package version 1.1.0.
 */
@NullMarked
package dev.agentos.testkit;

import org.jspecify.annotations.NullMarked;
