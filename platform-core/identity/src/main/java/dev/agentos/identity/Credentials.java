package dev.agentos.identity;

import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import java.util.Optional;

/** Everything by which a request may say who sends it. */
public final class Credentials {

    private final ApiKeys keys;
    private final Logins logins;
    private final Optional<TokenPrincipals> tokens;

    /** Those keys and those logins. */
    public Credentials(ApiKeys keys, Logins logins) {
        this(keys, logins, Optional.empty());
    }

    private Credentials(ApiKeys keys, Logins logins, Optional<TokenPrincipals> tokens) {
        this.keys = keys;
        this.logins = logins;
        this.tokens = tokens;
    }

    /** The same, and tokens of that identity provider, for those tenants. */
    public Credentials with(OidcLogin provider, Tenants tenants, Users users, AccountStore accounts) {
        return new Credentials(
                keys,
                logins,
                Optional.of(
                        new TokenPrincipals(provider.config(), provider.tokens(), tenants, users, accounts, logins)));
    }

    /** Whom a bearer's credential stands for; empty when it is unknown, has expired or was revoked. */
    public Optional<Principal> bearer(String credential) {
        if (tokens.isPresent() && Tokens.looksLikeOne(credential)) {
            return tokens.get().of(credential);
        }
        return keys.authenticate(credential);
    }

    /** The login of a cookie's secret; empty when it has ended. */
    public Optional<Logins.Active> cookie(String secret) {
        return logins.authenticate(secret);
    }
}
