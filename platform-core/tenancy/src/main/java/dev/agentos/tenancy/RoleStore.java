package dev.agentos.tenancy;

import java.util.List;
import java.util.Optional;

/** Keeps the roles that tenants, or the platform, have made. */
public interface RoleStore {

    /** What became of a change. */
    enum Outcome {
        /** It is so now. */
        DONE,
        /** There is none of that name. */
        UNKNOWN,
        /** Nothing was done: somebody has the role, or there would be too many. */
        REFUSED
    }

    /** The roles of one tenant, or of the platform when empty, by name. */
    List<Role> list(Optional<TenantId> tenant);

    /** The role of that name, if it is that tenant's. */
    Optional<Role> find(Optional<TenantId> tenant, String name);

    /** Adds a role, or puts it in the place of the one of its name; refused when there would be more than that many. */
    Outcome put(Role role, int most);

    /** Removes a role, unless a user has it. */
    Outcome delete(Optional<TenantId> tenant, String name);
}
