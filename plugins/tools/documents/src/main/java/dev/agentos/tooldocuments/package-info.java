/** Tools that read documents as text and split text into passages; nothing but the JDK is needed for it. */
@NullMarked
package dev.agentos.tooldocuments;

import org.jspecify.annotations.NullMarked;
