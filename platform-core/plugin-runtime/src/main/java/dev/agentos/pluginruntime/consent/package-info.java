/** What people are told and asked before a plugin comes, changes or goes. */
@NullMarked
package dev.agentos.pluginruntime.consent;

import org.jspecify.annotations.NullMarked;
