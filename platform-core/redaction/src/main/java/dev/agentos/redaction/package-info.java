/**
 * Finds personal data and credentials in texts and replaces them: the same way in a whole text, in a JSON value and in
 * a stream, however it is cut into pieces, and in time that grows with the text alone.
 */
@NullMarked
package dev.agentos.redaction;

import org.jspecify.annotations.NullMarked;
