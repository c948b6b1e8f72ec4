package dev.agentos.outbound;

import java.net.URI;
import java.util.Locale;

/**
 * The origin of a URI.
 *
 * @param host in lower case; IPv6 in brackets
 */
record Endpoint(boolean secure, String host, int port) {

    static Endpoint of(URI uri) {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        int usual = secure ? 443 : 80;
        return new Endpoint(secure, uri.getHost().toLowerCase(Locale.ROOT), uri.getPort() < 0 ? usual : uri.getPort());
    }

    /** As the permission names it. */
    String inGrants() {
        return host + ":" + port;
    }

    /** The host without brackets. */
    String name() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Whether the host is an address and no name. */
    boolean literal() {
        return host.startsWith("[") || Character.isDigit(host.charAt(host.lastIndexOf('.') + 1));
    }

    @Override
    public String toString() {
        return (secure ? "https://" : "http://") + inGrants();
    }
}
