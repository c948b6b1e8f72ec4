package dev.agentos.outbound;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.HttpListener;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/** Requests of one caller, held to its grants: where to, at which address, and where redirects lead. */
public final class OutboundHttp implements HttpAccess {

    private static final int MOST_REDIRECTS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    /** What may follow to another origin: nothing in which a credential could be. */
    private static final Set<String> HARMLESS =
            Set.of("accept", "accept-language", "content-language", "content-type", "user-agent");

    private final Grants grants;
    private final Addresses addresses;
    private final LookUps names;
    private final Supplier<SSLSocketFactory> tls;
    private final Bodies.Share bodies;

    /**
     * The requests of a caller.
     *
     * @param tls makes connections whose server is checked, when the first is needed; the host's name is checked in any
     *     case
     */
    public OutboundHttp(Grants grants, Names names, Supplier<SSLSocketFactory> tls) {
        this(grants, names, tls, Bodies.ofProcess());
    }

    OutboundHttp(Grants grants, Names names, Supplier<SSLSocketFactory> tls, Bodies bodies) {
        this.bodies = bodies.share();
        this.grants = grants;
        this.addresses = new Addresses(grants.permissions());
        this.names = new LookUps(names);
        this.tls = tls;
    }

    @Override
    public HttpResponse send(HttpRequest request) {
        try (Bodies.Gathering body = bodies.gathering(request)) {
            HttpResponse head = send(request, body);
            return new HttpResponse(head.status(), head.uri(), head.headers(), body.bytes());
        }
    }

    @Override
    public HttpResponse send(HttpRequest request, HttpListener listener) {
        try (Expiry expiry = new Expiry(request.timeout())) {
            HttpRequest hop = request;
            for (int redirects = 0; ; redirects++) {
                Endpoint endpoint = Endpoint.of(hop.uri());
                grants.require(Permission.of(PermissionKind.NET_CONNECT, endpoint.inGrants()));
                HttpResponse response;
                Optional<HttpRequest> next;
                try (Exchange exchange = new Exchange(hop, endpoint, expiry)) {
                    response = exchange.send(names, addresses, tls);
                    next = next(hop, response);
                    if (next.isEmpty()) {
                        exchange.body(response, listener);
                        return response;
                    }
                }
                if (redirects == MOST_REDIRECTS) {
                    throw refused(request.uri(), "leads on more than " + MOST_REDIRECTS + " times");
                }
                hop = next.get();
            }
        }
    }

    /**
     * Sends a request and follows no redirect: what matters is whether the server takes it. Of an answer that says so
     * nothing is read behind its headers, and of another one as much as came of its beginning.
     *
     * @param kept how many bytes of that
     */
    public HttpResponse sendOnce(HttpRequest request, int kept) {
        try (Expiry expiry = new Expiry(request.timeout())) {
            Endpoint endpoint = Endpoint.of(request.uri());
            grants.require(Permission.of(PermissionKind.NET_CONNECT, endpoint.inGrants()));
            try (Exchange exchange = new Exchange(request, endpoint, expiry)) {
                HttpResponse head = exchange.send(names, addresses, tls);
                byte[] beginning = head.status() / 100 == 2 ? new byte[0] : exchange.beginning(kept);
                return new HttpResponse(head.status(), head.uri(), head.headers(), beginning);
            }
        }
    }

    /** Whether a request there is refused for certain: its host is an address that no grant opens. */
    public boolean refuses(URI uri) {
        Endpoint endpoint = Endpoint.of(uri);
        return endpoint.literal()
                && !addresses.allow(endpoint.name(), InetAddress.ofLiteral(endpoint.name()), endpoint.port());
    }

    /** The request that a redirect asks for; empty when the response is none. */
    private static Optional<HttpRequest> next(HttpRequest request, HttpResponse response) {
        Optional<String> location = response.header("location");
        if (location.isEmpty() || !REDIRECTS.contains(response.status())) {
            return Optional.empty();
        }
        URI target = target(request.uri(), location.get());
        boolean asGet = (response.status() == 303 && !request.method().equals("HEAD"))
                || (response.status() <= 302 && request.method().equals("POST"));
        Map<String, List<String>> headers = new LinkedHashMap<>(request.headers());
        if (asGet) {
            headers.keySet().removeIf(name -> name.startsWith("content-"));
        }
        if (!Endpoint.of(target).equals(Endpoint.of(request.uri()))) {
            headers.keySet().retainAll(HARMLESS);
        }
        return Optional.of(new HttpRequest(
                asGet ? "GET" : request.method(),
                target,
                headers,
                asGet ? new byte[0] : request.body(),
                request.timeout(),
                request.maxResponseBytes()));
    }

    private static URI target(URI from, String location) {
        try {
            String text = resolved(from, new URI(location)).toString();
            int fragment = text.indexOf('#');
            URI target = new URI(fragment < 0 ? text : text.substring(0, fragment));
            HttpRequest.of("GET", target);
            if (Endpoint.of(from).secure() && !Endpoint.of(target).secure()) {
                throw refused(from, "leads from HTTPS to HTTP");
            }
            return target;
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw refused(from, "leads to something that is no web address");
        }
    }

    /** As RFC 3986 has it; the class is older, and would resolve what has no path beside the last segment of one. */
    private static URI resolved(URI from, URI reference) throws URISyntaxException {
        boolean samePath = !reference.isAbsolute()
                && reference.getRawAuthority() == null
                && reference.getRawPath().isEmpty();
        if (!samePath) {
            return from.resolve(reference);
        }
        String query = reference.getRawQuery() == null ? from.getRawQuery() : reference.getRawQuery();
        return new URI(from.getScheme() + "://" + from.getRawAuthority() + from.getRawPath()
                + (query == null ? "" : "?" + query));
    }

    private static AgentOsException refused(URI from, String why) {
        return new AgentOsException(
                OutboundErrorCode.REDIRECT_REFUSED,
                "The redirect of " + Endpoint.of(from) + " " + why + ".",
                "Ask for the address where it ends.");
    }
}
