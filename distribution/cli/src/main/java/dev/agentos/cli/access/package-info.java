/** Commands about who may do something, and who did: tenants, users, roles, groups, keys, and the records. */
@NullMarked
package dev.agentos.cli.access;

import org.jspecify.annotations.NullMarked;
