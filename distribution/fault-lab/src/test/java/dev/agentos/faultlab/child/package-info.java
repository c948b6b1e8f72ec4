/** What runs inside a server that is to be hurt; packed into a JAR of its own and put on the child's class path. */
@NullMarked
package dev.agentos.faultlab.child;

import org.jspecify.annotations.NullMarked;
