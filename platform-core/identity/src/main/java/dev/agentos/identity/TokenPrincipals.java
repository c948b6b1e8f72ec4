package dev.agentos.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.SubjectNames;
import dev.agentos.tenancy.Subjects;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For whom a bearer's token of the identity provider stands: somebody of the tenant that it names, with the roles that
 * it lists and the scopes that it carries. Whoever is a user of that tenant is that user, and can do at most what both
 * the token and the user may. No token stands for an administrator of the platform.
 */
final class TokenPrincipals {

    private static final Logger LOG = LoggerFactory.getLogger(TokenPrincipals.class);

    private static final int ID_CHARACTERS = 32;
    private static final int LONGEST_NAME = 200;
    private static final int MOST_ROLES = 50;

    /** How long a server may still take a subject for nobody, or for whom it was. */
    private static final Duration DELAY = Duration.ofMillis(250);

    /** For how long a name is not written again; one that was erased comes back then, with its owner. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private final OidcConfig config;
    private final Tokens tokens;
    private final Tenants tenants;
    private final Users users;
    private final AccountStore accounts;
    private final Logins logins;
    private final Cache<String, Optional<String>> people =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(DELAY).build();
    private final Cache<Named, SubjectNames.Called> kept =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(KEPT).build();

    private record Named(TenantId tenant, String subject) {}

    TokenPrincipals(
            OidcConfig config, Tokens tokens, Tenants tenants, Users users, AccountStore accounts, Logins logins) {
        this.accounts = accounts;
        this.logins = logins;
        this.config = config;
        this.tokens = tokens;
        this.tenants = tenants;
        this.users = users;
    }

    Optional<Principal> of(String token) {
        return tokens.verified(token, config.audience()).flatMap(this::principal);
    }

    private Optional<Principal> principal(JWTClaimsSet claims) {
        Optional<TenantId> tenant =
                text(claims, config.tenantClaim()).flatMap(tenants::find).map(Tenant::id);
        if (tenant.isEmpty()) {
            return Optional.empty();
        }
        List<String> names = texts(claims, config.rolesClaim());
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        List<String> roles = names.subList(0, Math.min(names.size(), MOST_ROLES));
        scopes.addAll(users.roles().scopes(tenant, roles));
        text(claims, "scope").stream()
                .flatMap(words -> Arrays.stream(words.split(" ", -1)))
                .flatMap(word -> Scope.ofWord(word).stream())
                .filter(scope -> !scope.platform())
                .forEach(scopes::add);
        Rights rights = Rights.of(scopes);
        Optional<String> user = people.get(subject(claims), subject -> user(subject, claims))
                .filter(id -> users.find(tenant, id).isPresent());
        if (user.isPresent()) {
            return users.principal(tenant, user.get()).map(member -> member.limitedTo(rights));
        }
        SubjectNames.Called called = new SubjectNames.Called(name(claims), email(claims));
        keep(new Named(tenant.get(), subject(claims)), called);
        return Optional.of(new Principal(
                subject(claims), called.name(), tenant, rights, new Membership(Set.copyOf(roles), Set.of())));
    }

    /** So that people see more than an id where the principal stands; that it cannot be kept keeps nobody out. */
    private void keep(Named named, SubjectNames.Called called) {
        if (called.equals(kept.getIfPresent(named))) {
            return;
        }
        try {
            accounts.keep(named.tenant(), named.subject(), called);
            kept.put(named, called);
        } catch (AgentOsException e) {
            LOG.debug("The name of {} is not kept", named.subject(), e);
        }
    }

    /** The user that a subject is: who has logged in as it, or has the address for which the provider vouches. */
    private Optional<String> user(String subject, JWTClaimsSet claims) {
        Optional<String> known = accounts.userOf(subject);
        if (known.isPresent() || !Boolean.TRUE.equals(claims.getClaim("email_verified"))) {
            return known;
        }
        Optional<String> found = text(claims, "email")
                .flatMap(email -> accounts.findByEmail(email.strip().toLowerCase(Locale.ROOT)))
                .map(Account::id);
        found.filter(id -> accounts.link(subject, id)).ifPresent(logins::endAllOf);
        return found;
    }

    /** The same for one subject of one issuer, always. */
    static String subject(JWTClaimsSet claims) {
        String whole = claims.getIssuer() + "\n" + claims.getSubject();
        return Subjects.PREFIX
                + Digests.sha256(whole.getBytes(StandardCharsets.UTF_8)).substring(0, ID_CHARACTERS);
    }

    private static String name(JWTClaimsSet claims) {
        return cut(text(claims, "name").or(() -> text(claims, "email")).orElse(claims.getSubject()));
    }

    private static Optional<String> email(JWTClaimsSet claims) {
        return text(claims, "email").map(TokenPrincipals::cut);
    }

    /** What a database keeps of it. */
    private static String cut(String text) {
        return Failure.storable(text.substring(0, Math.min(text.length(), LONGEST_NAME)));
    }

    static Optional<String> text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    private static List<String> texts(JWTClaimsSet claims, String name) {
        try {
            return claims.getClaim(name) instanceof List<?> ? claims.getStringListClaim(name) : List.of();
        } catch (ParseException e) {
            return List.of();
        }
    }
}
