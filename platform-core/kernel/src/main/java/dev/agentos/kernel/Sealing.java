package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;

/** Encrypts what tenants keep secret, each with keys of its own. */
public interface Sealing {

    /**
     * Where something that is secret is kept: what was encrypted for one place opens in no other.
     *
     * @param tenant whose it is, by its id
     * @param place within all that is kept, the tenant's id included
     */
    record TenantOwned(String tenant, String place) {}

    /**
     * Encrypts a text for a place.
     *
     * @throws AgentOsException {@code server:SECRET_UNREADABLE} when the key that it takes is not here, or
     *     {@code server:DATABASE_UNAVAILABLE}
     */
    String seal(TenantOwned place, String text);

    /**
     * The text that was encrypted for that place.
     *
     * @throws AgentOsException {@code server:SECRET_UNREADABLE} when its key is not here, it was changed, or it is from
     *     another place; or {@code server:DATABASE_UNAVAILABLE}
     */
    String open(TenantOwned place, String sealed);

    /** A tenant's key for the names that stand for its values; it stays the same as long as the tenant is there. */
    byte[] naming(String tenant);
}
