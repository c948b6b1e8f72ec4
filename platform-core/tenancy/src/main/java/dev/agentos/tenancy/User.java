package dev.agentos.tenancy;

import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A person or a program as a member of a tenant. A person may be a member of several, under one id and one e-mail
 * address; what is said of them here is one tenant's, and no other tenant knows of it.
 *
 * @param id {@code usr_…}
 * @param kind whether it is a person
 * @param tenant whose member it is; empty for the platform's
 * @param name for people, as this tenant calls it
 * @param email by which a person logs in, in lower case; empty for a service account
 * @param roles the names of its roles
 * @param reach with which agents and graphs they let it do what they allow
 * @param state whether it may do anything
 * @param came whether it has ever been active; who was only asked to come is not made a member by others
 * @param createdAt when it became a member
 */
public record User(
        String id,
        Kind kind,
        Optional<TenantId> tenant,
        String name,
        Optional<String> email,
        Set<String> roles,
        Reach reach,
        State state,
        boolean came,
        Instant createdAt) {
    public User {
        came = came || state == State.ACTIVE;
        roles = Collections.unmodifiableSet(new TreeSet<>(roles));
    }

    /** What a user is. */
    public enum Kind {
        /** Logs in. */
        PERSON,
        /** A program, which has API keys and never logs in. */
        SERVICE
    }

    /** Whether a member may do anything. */
    public enum State {
        /** Was asked to come and has not come yet. */
        INVITED,
        /** May do what its roles allow. */
        ACTIVE,
        /** May do nothing. */
        DISABLED
    }

    /** The same in another state. */
    public User in(State other) {
        return new User(id, kind, tenant, name, email, roles, reach, other, came, createdAt);
    }

    /** The same with other roles. */
    public User with(Set<String> others, Reach within) {
        return new User(id, kind, tenant, name, email, others, within, state, came, createdAt);
    }
}
