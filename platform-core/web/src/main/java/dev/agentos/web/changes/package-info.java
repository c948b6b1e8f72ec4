/** Who looks at lists learns that they may look otherwise now, and need not ask again and again. */
@NullMarked
package dev.agentos.web.changes;

import org.jspecify.annotations.NullMarked;
