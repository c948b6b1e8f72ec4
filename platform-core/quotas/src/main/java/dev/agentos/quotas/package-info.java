/**
 * How many executions tenants may have: in a day or a month, at once, and which part of the places that run. What a
 * tenant has not set for itself its plan says. Executions are counted by the store, in the transaction that admits or
 * claims them.
 */
@NullMarked
package dev.agentos.quotas;

import org.jspecify.annotations.NullMarked;
