/** Models of OpenAI, and of every server that speaks its protocol under another base URL. */
@NullMarked
package dev.agentos.provideropenai;

import org.jspecify.annotations.NullMarked;
