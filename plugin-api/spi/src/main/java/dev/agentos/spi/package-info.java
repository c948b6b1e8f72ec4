/**
 * What a plugin links against: extension points, the values that cross the boundary, the capabilities a host lends, and
 * the permission grammar.
 *
 * <p>Every value here is immutable and serialisable, no live object of the host is handed out except the capability
 * interfaces, and nothing depends on more than the JDK. Package version 1.1.0, semantic versioning: a plugin built
 * against 1.x runs on every later 1.x.
 */
@NullMarked
package dev.agentos.spi;

import org.jspecify.annotations.NullMarked;
