@NullMarked
package dev.agentos.webhooks;

import org.jspecify.annotations.NullMarked;
