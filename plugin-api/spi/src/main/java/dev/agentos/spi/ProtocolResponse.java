package dev.agentos.spi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A whole answer of a {@link Protocol}.
 *
 * @param status 200 to 599
 * @param headers values by name in lower case; the host sets those that steer the connection and the browser, and
 *     refuses {@code set-cookie}
 * @param body the body's bytes, at most 32 MiB; empty for none
 */
public record ProtocolResponse(int status, Map<String, List<String>> headers, byte[] body) {

    private static final int MOST_BYTES = 32 << 20;

    private static final Set<String> OF_THE_HOST = Set.of(
            "connection",
            "content-length",
            "content-security-policy",
            "cross-origin-resource-policy",
            "date",
            "keep-alive",
            "proxy-connection",
            "referrer-policy",
            "server",
            "set-cookie",
            "traceparent",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-content-type-options",
            "x-frame-options");

    public ProtocolResponse {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("The status of an answer is 200 to 599, not " + status);
        }
        if (body.length > MOST_BYTES) {
            throw new IllegalArgumentException("A body has at most " + MOST_BYTES + " bytes, not " + body.length);
        }
        headers = HttpFields.checked(headers, OF_THE_HOST);
        body = body.clone();
    }

    /** An answer in JSON. */
    public static ProtocolResponse ofJson(int status, JsonValue body) {
        return new ProtocolResponse(
                status,
                Map.of("content-type", List.of("application/json")),
                body.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The body as text in UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The body's bytes; a copy. */
    @Override
    public byte[] body() {
        return body.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProtocolResponse response
                && status == response.status
                && headers.equals(response.headers)
                && Arrays.equals(body, response.body);
    }

    @Override
    public int hashCode() {
        return 31 * status + Arrays.hashCode(body);
    }

    @Override
    public String toString() {
        return status + ", " + body.length + " bytes";
    }
}
