package dev.agentos.tenancy;

import java.util.Set;

/**
 * By what somebody may do what they may.
 *
 * @param roles the names of the roles, also those that the groups give
 * @param groups the names of the groups
 */
public record Membership(Set<String> roles, Set<String> groups) {

    /** Neither roles nor groups. */
    public static final Membership NONE = new Membership(Set.of(), Set.of());

    public Membership {
        roles = Set.copyOf(roles);
        groups = Set.copyOf(groups);
    }
}
