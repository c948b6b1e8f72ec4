package dev.agentos.tenancy;

import dev.agentos.kernel.Revisions;
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
        public Outcome put(Group group, long seen, int most) {
            return Outcome.REFUSED;
        }

        @Override
        public boolean delete(TenantId tenant, String name, long seen) {
            return false;
        }
    };

    /** What became of a change. */
    enum Outcome {
        /** It is so now. */
        DONE,
        /** Nothing was done: it is not as it was seen. */
        CHANGED,
        /** Nothing was done: a role or a member is gone. */
        GONE,
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
     * Adds a group, or puts it in the place of the one of its name.
     *
     * @param group with the revision that it gets
     * @param seen the revision that is replaced, {@link Revisions#NONE} for none
     * @param most how many there may be
     */
    Outcome put(Group group, long seen, int most);

    /** Removes a group of that revision; false when another one is there, or none. */
    boolean delete(TenantId tenant, String name, long seen);
}
