/** An agent that answers a question from documents and cites the passages that its answer rests on. */
@NullMarked
package dev.agentos.packresearch;

import org.jspecify.annotations.NullMarked;
