package dev.agentos.identity;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs people in by an identity provider (OpenID Connect), by a code with PKCE. State, nonce and verifier follow from
 * one secret that the browser keeps meanwhile, so that the server keeps nothing and any server can go on.
 */
public final class OidcLogin {

    private static final Logger LOG = LoggerFactory.getLogger(OidcLogin.class);

    private final OidcConfig config;
    private final OidcProvider provider;
    private final Tokens tokens;
    private final Ids ids;

    /**
     * Logins by that provider.
     *
     * @param http reaches the provider
     */
    public OidcLogin(OidcConfig config, HttpAccess http, Ids ids, InstantSource clock) {
        this.config = config;
        this.provider = new OidcProvider(config, http, clock);
        this.tokens = new Tokens(provider, clock);
        this.ids = ids;
    }

    OidcConfig config() {
        return config;
    }

    Tokens tokens() {
        return tokens;
    }

    /** Whether people log in there, and not only programs come with tokens. */
    public boolean forBrowsers() {
        return config.redirect().isPresent();
    }

    /**
     * Where a browser goes, and what it keeps until it is back.
     *
     * @param secret for a cookie of a few minutes
     */
    public record Departure(URI to, String secret) {}

    /** Sends a browser to the provider. */
    public Departure depart() {
        String secret = ids.secret();
        Map<String, String> query = new LinkedHashMap<>();
        query.put("response_type", "code");
        query.put("client_id", config.clientId());
        query.put("redirect_uri", redirect());
        query.put("scope", "openid email profile");
        query.put("state", derived("state", secret));
        query.put("nonce", derived("nonce", secret));
        query.put("code_challenge", challenge(derived("verifier", secret)));
        query.put("code_challenge_method", "S256");
        String endpoint = provider.endpoint("authorization_endpoint").toString();
        return new Departure(URI.create(endpoint + (endpoint.contains("?") ? "&" : "?") + form(query)), secret);
    }

    /**
     * Who came back from the provider.
     *
     * @param subject the id of the provider's subject, {@code sub_…}
     * @param email of the person, which the provider vouches for
     */
    public record Arrival(String subject, String email) {}

    /**
     * Who came back from the provider.
     *
     * @param secret what the browser kept
     * @throws AgentOsException {@code identity:PROVIDER_REFUSED} or {@code identity:PROVIDER_UNAVAILABLE}
     */
    public Arrival arrive(String secret, String state, String code) {
        if (!same(derived("state", secret), state)) {
            throw refused("The browser comes back with something that it was not sent away with.");
        }
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", redirect());
        form.put("code_verifier", derived("verifier", secret));
        Map<String, List<String>> headers = new LinkedHashMap<>();
        headers.put("content-type", List.of("application/x-www-form-urlencoded"));
        headers.put("accept", List.of("application/json"));
        config.clientSecret()
                .ifPresentOrElse(
                        client -> headers.put("authorization", List.of(basic(client))),
                        () -> form.put("client_id", config.clientId()));
        JsonObject answer = provider.post(provider.endpoint("token_endpoint"), form(form), headers);
        JWTClaimsSet claims = answer.text("id_token")
                .flatMap(token -> tokens.verified(token, config.clientId()))
                .filter(found -> same(
                        derived("nonce", secret),
                        TokenPrincipals.text(found, "nonce").orElse("")))
                .filter(this::forUs)
                .orElseThrow(() -> refused("What the identity provider says of the person is not to be believed."));
        if (!Boolean.TRUE.equals(claims.getClaim("email_verified"))) {
            throw refused("The identity provider does not vouch for the person's e-mail address.");
        }
        return TokenPrincipals.text(claims, "email")
                .map(email -> new Arrival(TokenPrincipals.subject(claims), email))
                .orElseThrow(() -> refused("The identity provider does not tell the person's e-mail address."));
    }

    /**
     * Makes a person a member who was not invited, where the provider is set to let them join. Whoever is a member
     * there already, also one that is disabled, stays what they are.
     *
     * @param email that the provider vouches for
     * @return the tenant of which they are a member now; empty when nothing was done
     */
    public Optional<TenantId> letJoin(String email, Tenants tenants, Users users) {
        return config.join().flatMap(join -> {
            String address = Users.address(email);
            if (!join.covers(address)) {
                return Optional.empty();
            }
            Optional<TenantId> tenant = tenants.find(join.tenant()).map(Tenant::id);
            if (tenant.isEmpty() || users.roles().find(tenant, join.role()).isEmpty()) {
                LOG.warn(
                        "Nobody joins: there is no tenant {} with a role {}, which oidc-join-tenant and"
                                + " oidc-join-role name",
                        join.tenant(),
                        join.role());
                return Optional.empty();
            }
            return users.join(tenant.get(), address, join.role()).flatMap(User::tenant);
        });
    }

    /**
     * Passes when the answer that a browser brings is of our provider, as far as it says of which one (RFC 9207).
     *
     * @param issuer as the answer has it
     * @throws AgentOsException {@code identity:PROVIDER_REFUSED}
     */
    public void requireFromOurs(Optional<String> issuer) {
        if (issuer.isPresent() && !issuer.get().equals(config.issuer().toString())) {
            throw refused("The browser comes back from another identity provider than it was sent to.");
        }
    }

    /** A token for several must say that it was made for this one. */
    private boolean forUs(JWTClaimsSet claims) {
        Optional<String> party = TokenPrincipals.text(claims, "azp");
        return party.isPresent()
                ? party.get().equals(config.clientId())
                : claims.getAudience().size() == 1;
    }

    private String redirect() {
        return config.redirect()
                .orElseThrow(() -> new AgentOsException(
                        IdentityErrorCode.UNKNOWN_PROVIDER,
                        "Nobody logs in by an identity provider here.",
                        "Log in by password, or set the settings that begin with oidc."))
                .toString();
    }

    private String basic(String clientSecret) {
        String pair = encoded(config.clientId()) + ":" + encoded(clientSecret);
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static String derived(String purpose, String secret) {
        return Digests.sha256((purpose + " of " + secret).getBytes(StandardCharsets.UTF_8));
    }

    private static String challenge(String verifier) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Digests.sha256().digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    }

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static String form(Map<String, String> values) {
        return values.entrySet().stream()
                .map(value -> value.getKey() + "=" + encoded(value.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static AgentOsException refused(String message) {
        return new AgentOsException(
                IdentityErrorCode.PROVIDER_REFUSED, message, "Begin again with GET /api/v1/login/oidc.");
    }
}
