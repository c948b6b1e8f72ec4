package dev.agentos.tenancy;

import java.util.List;
import java.util.Optional;

/** Keeps groups. A user that is removed is in none any more, and a role that a group has is not removed. */
public interface GroupStore {

    /** Where nobody is in a group, and none can be made. */
    GroupStore NONE = new GroupStore() {
        @Override
        public List<Group> list(TenantId tenant) {
            return List.of();
        }

        @Override
        public Optional<Group> find(TenantId tenant, String name) {
            return Optional.empty();
        }

        @Override
        public List<Group> of(TenantId tenant, String user) {
            return List.of();
        }

        @Override
        public Outcome put(Group group, int most) {
            return Outcome.REFUSED;
        }

        @Override
        public boolean delete(TenantId tenant, String name) {
            return false;
        }
    };

    /** What became of a change. */
    enum Outcome {
        /** It is so now. */
        DONE,
        /** Nothing was done: a role or a member is gone. */
        CHANGED,
        /** Nothing was done: there would be too many. */
        REFUSED
    }

    /** The groups of a tenant, by name. */
    List<Group> list(TenantId tenant);

    /** The group of that name, if it is that tenant's. */
    Optional<Group> find(TenantId tenant, String name);

    /** The groups in which a user is. */
    List<Group> of(TenantId tenant, String user);

    /**
     * Adds a group, or puts it in the place of the one of its name; refused when there would be more than that many.
     */
    Outcome put(Group group, int most);

    /** Removes a group; false when there is none of that name. */
    boolean delete(TenantId tenant, String name);
}
