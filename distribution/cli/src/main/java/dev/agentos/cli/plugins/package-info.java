/** Commands about plugins: find, agree to, install, replace and remove them, and build, sign and publish one. */
@NullMarked
package dev.agentos.cli.plugins;

import org.jspecify.annotations.NullMarked;
