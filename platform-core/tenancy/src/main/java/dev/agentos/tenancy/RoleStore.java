package dev.agentos.tenancy;

import dev.agentos.kernel.Revisions;
import java.util.List;
import java.util.Optional;

/** Keeps the roles that tenants, or the platform, have made. */
public interface RoleStore {

    /** What became of a change. */
    enum Outcome {
        /** It is so now. */
        DONE,
        /** Nothing was done: it is not as it was seen. */
        CHANGED,
        /** Nothing was done: somebody has the role, or there would be too many. */
        REFUSED
    }

    /** The roles of one tenant, or of the platform when empty, by name. */
    List<Role> list(Optional<TenantId> tenant);

    /** The role of that name, if it is that tenant's. */
    Optional<Role> find(Optional<TenantId> tenant, String name);

    /**
     * Adds a role, or puts it in the place of the one of its name.
     *
     * @param role with the revision that it gets
     * @param seen the revision that is replaced, {@link Revisions#NONE} for none
     * @param most how many there may be
     */
    Outcome put(Role role, long seen, int most);

    /** Removes a role of that revision, unless a user has it. */
    Outcome delete(Optional<TenantId> tenant, String name, long seen);
}
