package dev.agentos.tenancy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Keeps users. A tenant always has an active owner once it has had one, whatever happens at the same time. */
public interface UserStore {

    /** What became of a change. */
    enum Outcome {
        /** It is so now. */
        DONE,
        /** The user is not as it was when the change was decided on, or a role is gone. */
        CHANGED,
        /** Nothing was done, because the tenant would be left without an owner. */
        LAST_OWNER
    }

    /**
     * Adds a user, without roles that are gone meanwhile. A person of that e-mail address who is known already, of
     * whatever tenant, keeps its id.
     *
     * @return the user as it was added; empty when it is a member already
     */
    Optional<User> insert(User user);

    /** The user of that id, if it is that tenant's, or the platform's when empty. */
    Optional<User> find(Optional<TenantId> tenant, String id);

    /**
     * Users of one tenant, or of the platform when empty, that are found by name, e-mail address or id: newest first, a
     * cursor is an id.
     */
    Page<User> list(Optional<TenantId> tenant, Search search, PageRequest request);

    /** Everything that the user of that id is a member of. */
    List<User> memberships(String id);

    /** Gives a user the roles and the state of another, as long as it still is as it was. */
    Outcome replace(User old, User changed);

    /** Removes a user and revokes its keys, as long as it still is as it was. */
    Outcome remove(User old, Instant time);
}
