package dev.agentos.redaction;

import java.util.Collection;
import java.util.List;

/** Keeps what tokens stand for, by tenant. Values come sealed; a store cannot read them. */
public interface TokenStore {

    /**
     * What is kept of a token.
     *
     * @param token beginning with {@code tok_}
     * @param detector what had found it
     * @param sealed the value, encrypted for this tenant and token
     */
    record Kept(String token, String detector, String sealed) {}

    /** Keeps them; one that is kept already stays as it is. */
    void keep(String tenant, Collection<Kept> tokens);

    /** Those of the tokens that the tenant has, in no order. */
    List<Kept> find(String tenant, Collection<String> tokens);
}
