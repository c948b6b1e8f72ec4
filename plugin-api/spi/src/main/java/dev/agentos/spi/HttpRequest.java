package dev.agentos.spi;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A request for {@link HttpAccess}.
 *
 * @param method {@code GET HEAD POST PUT PATCH DELETE OPTIONS}
 * @param uri absolute, {@code http} or {@code https}, with a host in ASCII, without user and fragment
 * @param headers values by name in lower case; the host sets {@code host}, {@code content-length} and all others that
 *     steer the connection
 * @param body the body's bytes; empty for none
 * @param timeout for all of it, from the look-up to the last byte; up to an hour
 * @param maxResponseBytes the longest body of a response, 0 to 1 GiB
 */
public record HttpRequest(
        String method,
        URI uri,
        Map<String, List<String>> headers,
        byte[] body,
        Duration timeout,
        int maxResponseBytes) {

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Set<String> OF_THE_HOST = Set.of(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "upgrade",
            "expect",
            "te",
            "trailer",
            "proxy-connection",
            "proxy-authorization");
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]{1,128}");
    /** What some resolvers take for an address in another notation. */
    private static final Pattern OTHER_ADDRESS = Pattern.compile("([^\\[]*\\.)?[0-9][^.]*\\.?");

    private static final Pattern ADDRESS = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration USUAL_TIMEOUT = Duration.ofSeconds(30);
    private static final int USUAL_BYTES = 1024 * 1024;
    private static final int MOST_BYTES = 1024 * 1024 * 1024;
    private static final byte[] NO_BODY = {};

    public HttpRequest {
        if (!METHODS.contains(method)) {
            throw new IllegalArgumentException(
                    "The method is one of GET HEAD POST PUT PATCH DELETE OPTIONS, not '" + method + "'");
        }
        checkUri(uri);
        Map<String, List<String>> checked = new LinkedHashMap<>();
        headers.forEach((name, values) -> checked.merge(
                checkedName(name),
                values.stream().map(HttpRequest::checkedValue).toList(),
                HttpRequest::joined));
        headers = Collections.unmodifiableMap(checked);
        body = body.clone();
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("The timeout is more than nothing and at most an hour, not " + timeout);
        }
        if (maxResponseBytes < 0 || maxResponseBytes > MOST_BYTES) {
            throw new IllegalArgumentException("maxResponseBytes is 0 to " + MOST_BYTES + ", not " + maxResponseBytes);
        }
    }

    /** A request without headers and body; 30 s and 1 MiB for the response. */
    public static HttpRequest of(String method, URI uri) {
        return new HttpRequest(method, uri, Map.of(), NO_BODY, USUAL_TIMEOUT, USUAL_BYTES);
    }

    /** A GET request. */
    public static HttpRequest get(String uri) {
        return of("GET", URI.create(uri));
    }

    /** A POST request with that JSON as its body. */
    public static HttpRequest post(String uri, JsonValue body) {
        return of("POST", URI.create(uri))
                .withBody("application/json", body.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The same with one more header; a header may have several values. */
    public HttpRequest withHeader(String name, String value) {
        Map<String, List<String>> more = new LinkedHashMap<>(headers);
        more.merge(name.toLowerCase(Locale.ROOT), List.of(value), HttpRequest::joined);
        return new HttpRequest(method, uri, more, body, timeout, maxResponseBytes);
    }

    /** The same with that body. */
    public HttpRequest withBody(String contentType, byte[] bytes) {
        Map<String, List<String>> more = new LinkedHashMap<>(headers);
        more.put("content-type", List.of(contentType));
        return new HttpRequest(method, uri, more, bytes, timeout, maxResponseBytes);
    }

    /** The same with that time for all of it. */
    public HttpRequest withTimeout(Duration longest) {
        return new HttpRequest(method, uri, headers, body, longest, maxResponseBytes);
    }

    /** The same with that bound of the response's body, in bytes. */
    public HttpRequest withMaxResponseBytes(int bytes) {
        return new HttpRequest(method, uri, headers, body, timeout, bytes);
    }

    /** The body's bytes; a copy. */
    @Override
    public byte[] body() {
        return body.clone();
    }

    private static void checkUri(URI uri) {
        boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!web
                || uri.getHost() == null
                || (OTHER_ADDRESS.matcher(uri.getHost()).matches()
                        && !ADDRESS.matcher(uri.getHost()).matches())
                || uri.getRawUserInfo() != null
                || uri.getRawFragment() != null
                || uri.getPort() == 0
                || uri.getPort() > 65_535) {
            throw new IllegalArgumentException(
                    "A request goes to http or https, a host in ASCII and a port, without user"
                            + " and fragment, not to '" + uri + "'");
        }
    }

    private static String checkedName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!TOKEN.matcher(lower).matches()) {
            throw new IllegalArgumentException("'" + name + "' is no name of a header");
        }
        if (OF_THE_HOST.contains(lower)) {
            throw new IllegalArgumentException("The host sets the header '" + lower + "' itself");
        }
        return lower;
    }

    private static String checkedValue(String value) {
        if (value.length() > 8_192 || value.chars().anyMatch(c -> c != '\t' && (c < ' ' || c > 0xFF || c == 0x7F))) {
            throw new IllegalArgumentException(
                    "A header's value has at most 8,192 characters, of Latin-1, on one line");
        }
        return value;
    }

    private static List<String> joined(List<String> before, List<String> more) {
        List<String> all = new ArrayList<>(before);
        all.addAll(more);
        return List.copyOf(all);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HttpRequest request
                && method.equals(request.method)
                && uri.equals(request.uri)
                && headers.equals(request.headers)
                && Arrays.equals(body, request.body)
                && timeout.equals(request.timeout)
                && maxResponseBytes == request.maxResponseBytes;
    }

    @Override
    public int hashCode() {
        return 31 * uri.hashCode() + Arrays.hashCode(body);
    }

    /** Without headers and body, in which secrets are. */
    @Override
    public String toString() {
        return method + " " + uri;
    }
}
