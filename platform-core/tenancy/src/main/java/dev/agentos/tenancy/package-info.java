/**
 * Who may do what for whom: tenants, principals with scopes, and the API keys that stand for them. The tenant of a call
 * always comes from its credential.
 */
@NullMarked
package dev.agentos.tenancy;

import org.jspecify.annotations.NullMarked;
