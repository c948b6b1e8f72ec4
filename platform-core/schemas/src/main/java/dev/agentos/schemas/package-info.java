/** JSON Schema: of values, and of schemas themselves where they come in. */
@NullMarked
package dev.agentos.schemas;

import org.jspecify.annotations.NullMarked;
