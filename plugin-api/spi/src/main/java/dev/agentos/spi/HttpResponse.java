package dev.agentos.spi;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server answered.
 *
 * @param status 200 to 599
 * @param uri where it came from, behind redirects
 * @param headers values by name in lower case, in the order in which they came
 * @param body the body's bytes as they were sent; empty when a listener had them
 */
public record HttpResponse(int status, URI uri, Map<String, List<String>> headers, byte[] body) {

    public HttpResponse {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        headers.forEach((name, values) -> copy.put(name.toLowerCase(Locale.ROOT), List.copyOf(values)));
        headers = Collections.unmodifiableMap(copy);
        body = body.clone();
    }

    /** A response in JSON, as a test answers. */
    public static HttpResponse ofJson(int status, URI uri, JsonValue body) {
        return new HttpResponse(
                status,
                uri,
                Map.of("content-type", List.of("application/json")),
                body.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the status is 200 to 299. */
    public boolean successful() {
        return status >= 200 && status < 300;
    }

    /** The first value of that header, whatever its case. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT))).map(List::getFirst);
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
        return other instanceof HttpResponse response
                && status == response.status
                && uri.equals(response.uri)
                && headers.equals(response.headers)
                && Arrays.equals(body, response.body);
    }

    @Override
    public int hashCode() {
        return 31 * status + Arrays.hashCode(body);
    }

    @Override
    public String toString() {
        return status + " from " + uri + ", " + body.length + " bytes";
    }
}
