/**
 * Whether something may be done: rules that administrators write and the decisions that they come to, approvals by
 * people, and the switch that stops everything. Knows neither graphs nor plugins; those ask it.
 */
@NullMarked
package dev.agentos.policy;

import org.jspecify.annotations.NullMarked;
