package dev.agentos.web.filters;

import dev.agentos.identity.IdentityErrorCode;
import dev.agentos.identity.Logins;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells requests of the server's own pages from those that another site's page made a browser send. Three things must
 * agree: what the browser says of the page, where it says that the page is from, and a token that only a page of the
 * server can know.
 */
public final class CrossSite {

    /** The header in which a page sends its token. */
    public static final String TOKEN_HEADER = "AgentOS-CSRF";

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private CrossSite() {}

    /**
     * Passes when a browser does not say that another site's page sends this.
     *
     * @param header the value of a header of the request
     * @throws AgentOsException {@code identity:CROSS_SITE}
     */
    public static void requireSameSite(Function<String, @Nullable String> header) {
        String site = header.apply("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw refused("The browser says that another site's page sends this.");
        }
        String origin = header.apply("Origin");
        if (origin != null && !sameHost(origin, header.apply("Host"))) {
            throw refused("The request comes from a page of '" + readable(origin) + "'.");
        }
    }

    /**
     * Passes unless a page sends this that is neither this server's nor of one of those origins: where browsers ask
     * nobody whether a page may have the answer.
     *
     * @throws AgentOsException {@code identity:CROSS_SITE}
     */
    public static void requireKnownOrigin(Function<String, @Nullable String> header, Set<String> origins) {
        String origin = header.apply("Origin");
        if (origin != null
                && !sameHost(origin, header.apply("Host"))
                && !origins.contains(origin.toLowerCase(Locale.ROOT))) {
            throw refused("The request comes from a page of '" + readable(origin) + "'.");
        }
    }

    /**
     * The same, and for whatever is not a mere look, the token must be that of the login's secret.
     *
     * @throws AgentOsException {@code identity:CROSS_SITE}
     */
    public static void requireOwnPage(String method, String secret, Function<String, @Nullable String> header) {
        requireSameSite(header);
        if (SAFE.contains(method)) {
            return;
        }
        String token = header.apply(TOKEN_HEADER);
        if (token == null || !Logins.tokenMatches(secret, token)) {
            throw refused("The request does not carry the token of the login in the header " + TOKEN_HEADER + ".");
        }
    }

    /** A proxy in front may end TLS, so the scheme says nothing; it must leave the host as it is. */
    private static boolean sameHost(String origin, @Nullable String host) {
        try {
            String authority = new URI(origin).getRawAuthority();
            return authority != null && host != null && authority.equalsIgnoreCase(host);
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static String readable(String origin) {
        return origin.replaceAll("[^\\x21-\\x7e]", "?").toLowerCase(Locale.ROOT);
    }

    private static AgentOsException refused(String message) {
        return new AgentOsException(
                IdentityErrorCode.CROSS_SITE,
                message,
                "Send it from a page of this server, with the 'csrf' that GET /api/v1/login shows, or use an API key.");
    }
}
