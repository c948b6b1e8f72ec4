/**
 * The runtime half of the plugins' security policy: a Java agent that puts a check into the methods with which the JDK
 * acts on files, networks, processes, threads and itself, and decides on whose behalf they are called. It depends on
 * the JDK alone and stands on the class path of the host; no plugin can link it.
 */
@NullMarked
package dev.agentos.guard;

import org.jspecify.annotations.NullMarked;
