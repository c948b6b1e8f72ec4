/** What resources have in common: conditions of updates, records of changes, and how things are written. */
@NullMarked
package dev.agentos.web.resources;

import org.jspecify.annotations.NullMarked;
