/**
 * What tenants use: the agents of the packs that are enabled for them, and the node types through which graphs reach
 * models, tools and plugins.
 */
@NullMarked
package dev.agentos.agents;

import org.jspecify.annotations.NullMarked;
