package dev.agentos.webhooks;

import dev.agentos.outbound.Grants;
import dev.agentos.outbound.Names;
import dev.agentos.outbound.OutboundHttp;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * Whom the server tells anything: every public address over HTTPS, and others, or without encryption, where whoever
 * runs the server has named them. The address itself is looked at when it is connected.
 */
public final class Receivers {

    private static final int LONGEST = 2_000;

    private final List<Permission> named;
    private final OutboundHttp http;

    /**
     * Receivers everywhere, and these.
     *
     * @param named permissions to connect
     */
    public Receivers(List<Permission> named, Names names, Supplier<SSLSocketFactory> tls) {
        this.named = List.copyOf(named);
        this.http = new OutboundHttp(new Everywhere(this.named), names, tls);
    }

    /** Why nothing can be sent to that address, as the end of a sentence; empty when it can. */
    public Optional<String> fault(String url) {
        if (url.length() > LONGEST) {
            return Optional.of("has more than " + LONGEST + " characters");
        }
        URI address;
        try {
            address = HttpRequest.of("POST", new URI(url)).uri();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.of("is no address of the form https://host/path, without user and fragment");
        }
        if (!"https".equalsIgnoreCase(address.getScheme()) && !isNamed(address)) {
            return Optional.of("is not https; without encryption only those are told whom the server's setting"
                    + " webhook-receivers names");
        }
        return http.refuses(address)
                ? Optional.of("is an address that is not public and that the server's setting webhook-receivers does"
                        + " not name")
                : Optional.empty();
    }

    private boolean isNamed(URI address) {
        int port = address.getPort() < 0 ? 80 : address.getPort();
        Permission act =
                Permission.of(PermissionKind.NET_CONNECT, address.getHost().toLowerCase(Locale.ROOT) + ":" + port);
        return named.stream().anyMatch(one -> one.covers(act));
    }

    /** Sends once, to the address itself and nowhere else. */
    HttpResponse send(HttpRequest request, int kept) {
        return http.sendOnce(request, kept);
    }

    /** Any name may be asked for; which addresses may be connected is told by the permissions. */
    private record Everywhere(List<Permission> permissions) implements Grants {

        @Override
        public void require(Permission act) {
            // Whatever somebody wants to be told at.
        }
    }
}
