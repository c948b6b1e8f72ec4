/**
 * What a Redis can do for a server that has one: hand out the windows of rate limits. Nothing is kept in it that is not
 * over after a day, and without it the database does the same.
 */
@NullMarked
package dev.agentos.redis;

import org.jspecify.annotations.NullMarked;
