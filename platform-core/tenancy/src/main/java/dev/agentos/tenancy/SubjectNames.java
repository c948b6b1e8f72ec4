package dev.agentos.tenancy;

import java.util.Optional;

/** Keeps what the subjects of an identity provider are called, of whom a tenant knows nothing else. */
public interface SubjectNames {

    /**
     * How a token names somebody.
     *
     * @param name for people; an id of the provider where it tells no name
     * @param email as the provider says it, which it may not vouch for
     */
    record Called(String name, Optional<String> email) {}

    /** Keeps it, in the place of what that tenant knew before. */
    void keep(TenantId tenant, String subject, Called called);

    /** What the last token for that tenant said. */
    Optional<Called> called(TenantId tenant, String subject);
}
