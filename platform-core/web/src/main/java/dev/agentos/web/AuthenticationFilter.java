package dev.agentos.web;

import dev.agentos.identity.Credentials;
import dev.agentos.identity.Logins;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.LogFields;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.filters.CrossSite;
import dev.agentos.web.login.Credential;
import dev.agentos.web.login.SessionCookie;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.PathSegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Finds out who calls, before anything else is looked at: without a valid credential not even a path is matched. */
@PreMatching
@Priority(Priorities.AUTHENTICATION)
public final class AuthenticationFilter implements ContainerRequestFilter {

    /** The header by which a platform administrator names a tenant. */
    public static final String TENANT_HEADER = "AgentOS-Tenant";

    private static final String SCHEME = "bearer ";
    private static final int MAX_CREDENTIAL_LENGTH = 8_192;

    /** What somebody sends who is not let in yet; the resource methods say so too. */
    private static final Set<List<String>> BEFORE_LOGIN =
            Set.of(List.of("login"), List.of("login", "invitation"), List.of("login", "invitation", "look"));

    /** The same, where another site's page sends a browser. */
    private static final Set<List<String>> FROM_ELSEWHERE =
            Set.of(List.of("login", "oidc"), List.of("login", "oidc", "callback"));

    private static final List<String> SOCKET = List.of("ws");

    private final Credentials credentials;
    private final Tenants tenants;

    /** Credentials are checked against those, tenants found among those tenants. */
    public AuthenticationFilter(Credentials credentials, Tenants tenants) {
        this.credentials = credentials;
        this.tenants = tenants;
    }

    /** Whether a request asks for a change, by its method. */
    public static boolean changes(ContainerRequestContext request) {
        return !Set.of("GET", "HEAD", "OPTIONS").contains(request.getMethod());
    }

    /** The same, with another way to check credentials for changes of one resource and all below it. */
    public ContainerRequestFilter reserving(String resource, AuthenticationFilter other) {
        return new Reserving(this, resource, other);
    }

    /**
     * Of two ways to check credentials, takes the one for changes of a resource.
     *
     * @param usual for all else
     * @param resource the first segment of its path
     * @param other for that one
     */
    @PreMatching
    @Priority(Priorities.AUTHENTICATION)
    private record Reserving(AuthenticationFilter usual, String resource, AuthenticationFilter other)
            implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext request) {
            String first = request.getUriInfo().getPathSegments().stream()
                    .findFirst()
                    .map(PathSegment::getPath)
                    .orElse("");
            (first.equals(resource) && changes(request) ? other : usual).filter(request);
        }
    }

    @Override
    public void filter(ContainerRequestContext request) {
        List<String> path = request.getUriInfo().getPathSegments().stream()
                .map(PathSegment::getPath)
                .toList();
        if (request.getMethod().equals("GET") && FROM_ELSEWHERE.contains(path)) {
            return;
        }
        if (request.getMethod().equals("POST") && BEFORE_LOGIN.contains(path)) {
            CrossSite.requireSameSite(request::getHeaderString);
            return;
        }
        List<String> authorizations = authorizations(request, path);
        List<String> named = request.getHeaders().getOrDefault(TENANT_HEADER, List.of());
        List<String> cookies = SessionCookie.of(request.getHeaders().getOrDefault("Cookie", List.of()));
        if (authorizations.isEmpty() && cookies.size() == 1) {
            byCookie(request, cookies.getFirst(), named);
            return;
        }
        authenticate(authorizations, named).attachTo(request);
        String bearer = credential(authorizations.getFirst());
        new Credential(
                        Digests.sha256(bearer.getBytes(StandardCharsets.UTF_8)),
                        Optional.empty(),
                        () -> credentials.bearer(bearer))
                .attachTo(request);
    }

    /** What says who calls; where a browser cannot send headers, the query may say it, after RFC 6750. */
    private static List<String> authorizations(ContainerRequestContext request, List<String> path) {
        List<String> header = request.getHeaders().getOrDefault("Authorization", List.of());
        List<String> query = path.equals(SOCKET)
                ? request.getUriInfo().getQueryParameters().getOrDefault("access_token", List.of())
                : List.of();
        return Stream.concat(header.stream(), query.stream().map(token -> SCHEME + token))
                .toList();
    }

    private void byCookie(ContainerRequestContext request, String secret, List<String> named) {
        CrossSite.requireOwnPage(request.getMethod(), secret, request::getHeaderString);
        Logins.Active active = credentials
                .cookie(secret)
                .orElseThrow(() -> unauthenticated("The login has ended, or its user is refused."));
        caller(active.principal(), named).attachTo(request);
        new Credential(
                        active.login().id(),
                        Optional.of(active.login()),
                        () -> credentials.cookie(secret).map(Logins.Active::principal))
                .attachTo(request);
    }

    /**
     * Who sends these values of the headers {@code Authorization} and {@value #TENANT_HEADER}.
     *
     * @throws AgentOsException {@code tenancy:UNAUTHENTICATED}, {@code tenancy:UNKNOWN_TENANT}, or
     *     {@code server:BAD_REQUEST} for several of the latter
     */
    public Caller authenticate(List<String> authorizations, List<String> named) {
        if (authorizations.size() != 1) {
            throw unauthenticated("The request carries no credential, or more than one.");
        }
        String credential = credential(authorizations.getFirst());
        Principal principal = credentials
                .bearer(credential)
                .orElseThrow(() -> unauthenticated("The credential is unknown, has expired or was revoked."));
        return caller(principal, named);
    }

    private Caller caller(Principal principal, List<String> named) {
        Caller caller = new Caller(principal, tenant(principal, named));
        LogFields.say(LogFields.PRINCIPAL, principal.id());
        caller.actingFor().ifPresent(tenant -> LogFields.say(LogFields.TENANT, tenant.value()));
        return caller;
    }

    /** Whether what these headers made a caller then would do so now, with no fewer rights and for the same tenant. */
    public boolean stillLetsIn(List<String> authorizations, Caller caller) {
        // A platform administrator's credential outlives the tenant that it names.
        return credentials
                        .bearer(credential(authorizations.getFirst()))
                        .filter(principal -> principal
                                .rights()
                                .lacking(caller.principal().rights())
                                .isEmpty())
                        .isPresent()
                && caller.actingFor()
                        .map(tenant -> tenants.find(tenant.value()).isPresent())
                        .orElse(true);
    }

    /** How a request is refused whose credential ended before its answer. */
    public static AgentOsException ended() {
        return unauthenticated("The credential was revoked, or allows less, since the request began.");
    }

    private static String credential(String authorization) {
        if (authorization.length() > MAX_CREDENTIAL_LENGTH
                || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            throw unauthenticated("The credential is not of the scheme Bearer.");
        }
        return authorization.substring(SCHEME.length()).strip();
    }

    private Optional<TenantId> tenant(Principal principal, List<String> named) {
        if (named.isEmpty()) {
            return principal.tenant();
        }
        if (named.size() > 1) {
            throw new AgentOsException(
                    HttpErrorCode.BAD_REQUEST,
                    "The request names a tenant more than once.",
                    "Send one header " + TENANT_HEADER + ".");
        }
        String wanted = named.getFirst();
        return Optional.of(visible(tenants, principal, wanted).id());
    }

    /**
     * The tenant of that id or name, or {@code self}, as far as the principal may know of it: a foreign one answers
     * like an unknown one.
     */
    public static Tenant visible(Tenants tenants, Principal principal, String wanted) {
        if (principal.tenant().isPresent() && wanted.equals("self")) {
            return tenants.require(principal.tenant().get().value());
        }
        Optional<Tenant> found = tenants.find(wanted)
                .filter(tenant -> principal.platform()
                        || principal.tenant().filter(tenant.id()::equals).isPresent());
        return found.orElseThrow(() -> new AgentOsException(
                TenancyErrorCode.UNKNOWN_TENANT,
                "There is no tenant '" + wanted + "'.",
                "List the tenants with GET /api/v1/tenants."));
    }

    private static AgentOsException unauthenticated(String message) {
        return new AgentOsException(
                TenancyErrorCode.UNAUTHENTICATED,
                message,
                "Send 'Authorization: Bearer <API key>' with a valid key, or log in.");
    }
}
