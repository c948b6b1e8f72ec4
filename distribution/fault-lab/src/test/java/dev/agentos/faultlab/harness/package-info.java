/** The fault lab's tools: servers, a database, a network and outside services that fail when they are told to. */
@NullMarked
package dev.agentos.faultlab.harness;

import org.jspecify.annotations.NullMarked;
