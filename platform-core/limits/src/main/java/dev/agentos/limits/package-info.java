/**
 * How much may be used: budgets of money and tokens, the prices that they reckon with, what calls of models used, and
 * how often the API may be asked. Knows neither plugins nor HTTP; those ask it.
 */
@NullMarked
package dev.agentos.limits;

import org.jspecify.annotations.NullMarked;
