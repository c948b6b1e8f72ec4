package dev.agentos.redaction;

import dev.agentos.kernel.Sealing;
import dev.agentos.kernel.Sealing.TenantOwned;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.spi.AgentOsException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Replaces on behalf of tenants, and finds again what tokens stand for. Names are by a key of the tenant's own; a value
 * is encrypted for its tenant and its token, and opens nowhere else.
 */
public final class Redactions {

    private final Sealing secrets;
    private final TokenStore store;

    /** Names and encrypts with the tenants' keys. */
    public Redactions(Sealing secrets, TokenStore store) {
        this.secrets = secrets;
        this.store = store;
    }

    /** Keeps tokens in memory, by a random key; for a runtime without a database. */
    public static Redactions inMemory() {
        return new Redactions(SecretCipher.passing(), new MemoryTokenStore());
    }

    /** What is replaced in one call of a tenant; empty when nothing is. */
    public Optional<Redactor> redactor(String tenant, Collection<RedactionTerms> terms) {
        return terms.isEmpty()
                ? Optional.empty()
                : Optional.of(Redactor.of(terms, Optional.of(new Pseudonyms(secrets.naming(tenant)))));
    }

    /**
     * Keeps what the tokens stand for that were put in; to be done before anybody relies on them.
     *
     * @throws AgentOsException {@code server:DATABASE_UNAVAILABLE}
     */
    public void keep(String tenant, Redactor redactor) {
        List<TokenStore.Kept> kept = redactor.tokens().stream()
                .map(token -> new TokenStore.Kept(
                        token.token(), token.detector(), secrets.seal(place(tenant, token.token()), token.value())))
                .toList();
        if (!kept.isEmpty()) {
            store.keep(tenant, kept);
        }
    }

    /**
     * What tokens stand for, by the token; those are missing that the tenant has not.
     *
     * @throws AgentOsException {@code server:SECRET_UNREADABLE} when a value's key is gone
     */
    public Map<String, Redactor.Token> reveal(String tenant, Collection<String> tokens) {
        Map<String, Redactor.Token> revealed = new TreeMap<>();
        store.find(tenant, tokens)
                .forEach(kept -> revealed.put(
                        kept.token(),
                        new Redactor.Token(
                                kept.token(),
                                kept.detector(),
                                secrets.open(place(tenant, kept.token()), kept.sealed()))));
        return revealed;
    }

    private static TenantOwned place(String tenant, String token) {
        return new TenantOwned(tenant, "redaction/" + tenant + "/" + token);
    }

    private static final class MemoryTokenStore implements TokenStore {
        private final Map<String, Map<String, Kept>> tenants = new ConcurrentHashMap<>();

        @Override
        public void keep(String tenant, Collection<Kept> tokens) {
            Map<String, Kept> all = tenants.computeIfAbsent(tenant, any -> new ConcurrentHashMap<>());
            tokens.forEach(token -> all.putIfAbsent(token.token(), token));
        }

        @Override
        public List<Kept> find(String tenant, Collection<String> tokens) {
            Map<String, Kept> all = tenants.getOrDefault(tenant, Map.of());
            return tokens.stream()
                    .distinct()
                    .map(all::get)
                    .filter(Objects::nonNull)
                    .toList();
        }
    }
}
