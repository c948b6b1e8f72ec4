package dev.agentos.spi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request that came to the server for a {@link Protocol}. Who sent it is not in it: the host has checked the
 * credential and keeps it.
 *
 * @param method as the client wrote it, as in {@code POST}
 * @param segments the parts of the path below {@code /protocols/NAME/}, each decoded; empty for none
 * @param query the parameters of the address, decoded, in their order
 * @param headers values by name in lower case
 * @param body the body's bytes, at most 8 MiB; empty for none
 */
public record ProtocolRequest(
        String method,
        List<String> segments,
        Map<String, List<String>> query,
        Map<String, List<String>> headers,
        byte[] body) {

    public ProtocolRequest {
        segments = List.copyOf(segments);
        Map<String, List<String>> copy = new LinkedHashMap<>();
        query.forEach((name, values) -> copy.put(name, List.copyOf(values)));
        query = Collections.unmodifiableMap(copy);
        headers = HttpFields.lowerCase(headers);
        body = body.clone();
    }

    /** A request without query, headers and body, as a test sends it; the path is not decoded. */
    public static ProtocolRequest of(String method, String path) {
        List<String> segments =
                Arrays.stream(path.split("/")).filter(part -> !part.isEmpty()).toList();
        return new ProtocolRequest(method, segments, Map.of(), Map.of(), new byte[0]);
    }

    /** A POST request in JSON, as a test sends it. */
    public static ProtocolRequest post(String path, JsonValue body) {
        return new ProtocolRequest(
                "POST",
                of("POST", path).segments(),
                Map.of(),
                Map.of("content-type", List.of("application/json")),
                body.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The path below the protocol's own, as in {@code /v1/models}; {@code /} for none. */
    public String path() {
        return "/" + String.join("/", segments);
    }

    /** The first value of that header, whatever its case. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT))).map(List::getFirst);
    }

    /** The first value of that parameter. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name)).map(List::getFirst);
    }

    /** The body as text in UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /**
     * The body as JSON.
     *
     * @throws IllegalArgumentException if it is none; see {@link JsonValue#parse}
     */
    public JsonValue json() {
        return JsonValue.parse(text());
    }

    /** The body's bytes; a copy. */
    @Override
    public byte[] body() {
        return body.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProtocolRequest request
                && method.equals(request.method)
                && segments.equals(request.segments)
                && query.equals(request.query)
                && headers.equals(request.headers)
                && Arrays.equals(body, request.body);
    }

    @Override
    public int hashCode() {
        return 31 * segments.hashCode() + Arrays.hashCode(body);
    }

    /** Without query, headers and body, in which there may be what is not for a log. */
    @Override
    public String toString() {
        return method + " " + path();
    }
}
