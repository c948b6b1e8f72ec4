/**
 * How people prove who they are: passwords, invitations and the logins of browsers. What they may do then is tenancy's.
 */
@NullMarked
package dev.agentos.identity;

import org.jspecify.annotations.NullMarked;
