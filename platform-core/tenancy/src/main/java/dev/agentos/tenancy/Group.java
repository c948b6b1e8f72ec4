package dev.agentos.tenancy;

import dev.agentos.kernel.Revisions;
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
 * @param revision the number of its state; of one that is to be set, the number of the state that it replaces
 */
public record Group(
        TenantId tenant,
        String name,
        String description,
        Set<String> roles,
        Reach reach,
        Set<String> members,
        long revision) {

    /** One that is not kept yet. */
    public Group(
            TenantId tenant, String name, String description, Set<String> roles, Reach reach, Set<String> members) {
        this(tenant, name, description, roles, reach, members, Revisions.NONE);
    }

    /** One whose roles are about all agents. */
    public Group(TenantId tenant, String name, String description, Set<String> roles, Set<String> members) {
        this(tenant, name, description, roles, Reach.ALL, members);
    }

    public Group {
        roles = Collections.unmodifiableSet(new TreeSet<>(roles));
        members = Collections.unmodifiableSet(new TreeSet<>(members));
    }

    /** The same in its next state. */
    Group next() {
        return new Group(tenant, name, description, roles, reach, members, Revisions.after(revision));
    }
}
