/** The agents of a tenant as models of the chat completions of OpenAI. */
@NullMarked
package dev.agentos.protocolopenai;

import org.jspecify.annotations.NullMarked;
