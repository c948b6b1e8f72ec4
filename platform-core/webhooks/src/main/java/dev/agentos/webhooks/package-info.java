/**
 * Webhooks: whoever starts an execution may name an address, and the server tells it the end, signed as Standard
 * Webhooks has it, at least once and again until it is heard or given up.
 */
@NullMarked
package dev.agentos.webhooks;

import org.jspecify.annotations.NullMarked;
