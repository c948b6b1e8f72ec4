/**
 * CEL over declared variables: what conditions of graphs and rules of policies are written in. An expression is checked
 * by types before it is kept, and no evaluation can cost more than a bound.
 */
@NullMarked
package dev.agentos.expressions;

import org.jspecify.annotations.NullMarked;
