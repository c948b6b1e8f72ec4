package dev.agentos.identity;

import dev.agentos.tenancy.BuiltInRole;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/**
 * The identity provider (OpenID Connect) that people and programs may come from.
 *
 * @param issuer as the provider writes it in its tokens
 * @param clientId as which the server is registered there
 * @param clientSecret that proves it; empty for a client without
 * @param audience for whom a bearer's token must be
 * @param tenantClaim the claim that names the tenant of a bearer's token
 * @param rolesClaim the claim that lists its roles
 * @param redirect where browsers come back from the provider; empty when nobody logs in there
 * @param join who becomes a member by logging in; nobody who was not invited when empty
 */
public record OidcConfig(
        URI issuer,
        String clientId,
        Optional<String> clientSecret,
        String audience,
        String tenantClaim,
        String rolesClaim,
        Optional<URI> redirect,
        Optional<Join> join) {

    /**
     * Who becomes a member of a tenant by logging in, without an invitation.
     *
     * @param tenant its name or id
     * @param role the name of the role that they get, never that of owners
     * @param domains of the e-mail addresses that the provider vouches for, in lower case; those below them do not
     *     count
     */
    public record Join(String tenant, String role, Set<String> domains) {
        public Join {
            domains = Set.copyOf(domains);
            if (domains.isEmpty() || role.equals(BuiltInRole.OWNER.word())) {
                throw new IllegalArgumentException("People join by a domain, and not as owners");
            }
        }

        boolean covers(String address) {
            return domains.contains(address.substring(address.lastIndexOf('@') + 1));
        }
    }

    /** Where the provider describes itself. */
    URI discovery() {
        String text = issuer.toString();
        return URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text)
                + "/.well-known/openid-configuration");
    }

    /** Whether what is sent there stays between the two: by HTTPS, or on this machine. */
    public static boolean secure(URI address) {
        String host = String.valueOf(address.getHost());
        return "https".equals(address.getScheme())
                || ("http".equals(address.getScheme())
                        && (host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]")));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "OidcConfig[" + issuer + ", " + clientId + "]";
    }
}
