/**
 * What was done, by whom, to what, with which outcome and why: records that are only ever added, each with the hash of
 * the one before, so that whoever alters, removes or inserts one is found out.
 */
@NullMarked
package dev.agentos.audit;

import org.jspecify.annotations.NullMarked;
