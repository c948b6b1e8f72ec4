package dev.agentos.tenancy;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * Members of a tenant who have roles together, and to whom a decision can be left.
 *
 * @param tenant whose it is
 * @param name unique within the tenant: lower-case letters, digits and hyphens
 * @param description what it is for
 * @param roles the names of the roles that its members have, beside their own
 * @param reach with which agents and graphs they let them do what they allow
 * @param members the ids of its members, users of the tenant
 */
public record Group(
        TenantId tenant, String name, String description, Set<String> roles, Reach reach, Set<String> members) {

    /** One whose roles are about all agents. */
    public Group(TenantId tenant, String name, String description, Set<String> roles, Set<String> members) {
        this(tenant, name, description, roles, Reach.ALL, members);
    }

    public Group {
        roles = Collections.unmodifiableSet(new TreeSet<>(roles));
        members = Collections.unmodifiableSet(new TreeSet<>(members));
    }
}
