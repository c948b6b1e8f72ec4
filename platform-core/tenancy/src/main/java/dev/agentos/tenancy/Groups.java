package dev.agentos.tenancy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The groups of tenants. Whoever changes one must hold all that it gives, before and after. No group gives the role of
 * owners: who owns a tenant is said of each by itself, so that the last one can be kept.
 */
public final class Groups {

    /** How many groups a tenant may make. */
    public static final int MOST = 100;

    private static final int MOST_ROLES = 20;
    private static final int MOST_MEMBERS = 1_000;

    private final GroupStore store;
    private final Users users;

    /** Groups kept in that store, of those users. */
    public Groups(GroupStore store, Users users) {
        this.store = store;
        this.users = users;
    }

    /** The groups of a tenant, by name. */
    public List<Group> list(TenantId tenant) {
        return store.list(tenant);
    }

    /** The group of that name; {@code tenancy:UNKNOWN_GROUP} when the tenant has none such. */
    public Group require(TenantId tenant, String name) {
        return find(tenant, name).orElseThrow(() -> unknown(name));
    }

    /** The group of that name. */
    public Optional<Group> find(TenantId tenant, String name) {
        return store.find(tenant, name);
    }

    /**
     * Makes a group, or changes it.
     *
     * @param by who must hold all that it gives, before and after
     * @param group with the revision that was seen
     * @return it with the revision that it has now
     * @throws AgentOsException {@code tenancy:INVALID_NAME}, {@code server:INVALID_FIELD} for a role or a user that
     *     there is not, {@code tenancy:SCOPE_MISSING}, {@code tenancy:OUT_OF_REACH}, {@code tenancy:TOO_MANY_GROUPS},
     *     {@code tenancy:GROUP_CHANGED}, {@code server:PRECONDITION_FAILED}
     */
    public Group put(Principal by, Group group) {
        if (!group.name().matches("[a-z][a-z0-9-]{0,62}")) {
            throw InvalidInputException.of(
                    TenancyErrorCode.INVALID_NAME,
                    "/name",
                    "A group's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.",
                    "Choose such a name.");
        }
        by.requireToPassOn(granted(group));
        store.find(group.tenant(), group.name()).ifPresent(old -> by.requireToPassOn(rights(old)));
        requireMembers(group);
        Group next = group.next();
        switch (store.put(next, group.revision(), MOST)) {
            case DONE -> {}
            case CHANGED -> throw changed(group.name());
            case GONE ->
                throw new AgentOsException(
                        TenancyErrorCode.GROUP_CHANGED,
                        "A role or a member of the group '" + group.name() + "' was removed at the same time.",
                        "Look at them again, and try again.");
            case REFUSED ->
                throw new AgentOsException(
                        TenancyErrorCode.TOO_MANY_GROUPS,
                        "There are " + MOST + " groups already.",
                        "Remove one that nobody needs, with DELETE /api/v1/groups/{name}.");
        }
        users.forget(group.tenant());
        return next;
    }

    /**
     * Removes a group; its members lose the roles that it gave.
     *
     * @param seen its revision as it was seen
     * @throws AgentOsException {@code tenancy:UNKNOWN_GROUP}, {@code tenancy:SCOPE_MISSING},
     *     {@code server:PRECONDITION_FAILED}
     */
    public void delete(Principal by, TenantId tenant, String name, long seen) {
        by.requireToPassOn(rights(require(tenant, name)));
        if (!store.delete(tenant, name, seen)) {
            throw changed(name);
        }
        users.forget(tenant);
    }

    private Rights granted(Group group) {
        if (group.roles().size() > MOST_ROLES) {
            throw invalid("/roles", "A group has at most " + MOST_ROLES + " roles.", "Make one role of several.");
        }
        if (group.roles().contains(BuiltInRole.OWNER.word())) {
            throw invalid(
                    "/roles",
                    "A group cannot make its members owners.",
                    "Give the role to each of them with PUT /api/v1/users/{id}/roles.");
        }
        for (String role : group.roles()) {
            if (users.roles().find(Optional.of(group.tenant()), role).isEmpty()) {
                throw invalid("/roles", "There is no role '" + role + "'.", "List the roles with GET /api/v1/roles.");
            }
        }
        return rights(group);
    }

    private void requireMembers(Group group) {
        if (group.members().size() > MOST_MEMBERS) {
            throw invalid("/members", "A group has at most " + MOST_MEMBERS + " members.", "Make several groups.");
        }
        Set<String> known = new HashSet<>(
                store.find(group.tenant(), group.name()).map(Group::members).orElse(Set.of()));
        for (String member : group.members()) {
            if (!known.contains(member)
                    && users.find(Optional.of(group.tenant()), member).isEmpty()) {
                throw invalid(
                        "/members", "There is no user '" + member + "'.", "List the users with GET /api/v1/users.");
            }
        }
    }

    private Rights rights(Group group) {
        return Rights.of(users.roles().scopes(Optional.of(group.tenant()), group.roles()), group.reach());
    }

    private static InvalidInputException invalid(String pointer, String message, String action) {
        return InvalidInputException.of(KernelErrorCode.INVALID_FIELD, pointer, message, action);
    }

    private static AgentOsException changed(String name) {
        return Revisions.changed("The group '" + name + "'");
    }

    private static AgentOsException unknown(String name) {
        return new AgentOsException(
                TenancyErrorCode.UNKNOWN_GROUP,
                "There is no group '" + name + "'.",
                "List the groups with GET /api/v1/groups.");
    }
}
