package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what needs no credential, the health probes and the API's description, also while the server starts. All else
 * is for the next handler, which may come later, and is refused until the start is over.
 */
public final class HealthHandler extends Handler.Wrapper {

    private static final JsonObject WELL = JsonObject.of("status", "ok");

    private final Supplier<Optional<String>> starting;
    private final Supplier<Optional<String>> unready;
    private final Supplier<Optional<String>> impaired;
    private final Supplier<byte[]> description;

    /**
     * Answers the probes.
     *
     * @param starting what the start still waits for; empty once it is over
     * @param unready why no traffic should come; empty when it may
     * @param impaired what does not work as it should although traffic may come; empty when all does
     * @param description the OpenAPI document
     */
    public HealthHandler(
            Supplier<Optional<String>> starting,
            Supplier<Optional<String>> unready,
            Supplier<Optional<String>> impaired,
            Supplier<byte[]> description) {
        super(true);
        this.starting = starting;
        this.unready = unready;
        this.impaired = impaired;
        this.description = description;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        boolean reads = HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
        String path = Request.getPathInContext(request);
        switch (path) {
            case "/livez", "/readyz", "/startupz", "/openapi.json" -> {
                if (!reads) {
                    response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
                    Response.writeError(request, response, callback, 405);
                    return true;
                }
            }
            default -> {
                if (starting.get().isPresent()) {
                    Response.writeError(request, response, callback, 503);
                    return true;
                }
                return super.handle(request, response, callback);
            }
        }
        if (path.equals("/openapi.json")) {
            write(response, callback, 200, description.get());
        } else {
            Optional<String> reason = switch (path) {
                case "/livez" -> Optional.empty();
                case "/startupz" -> starting.get();
                default -> starting.get().or(unready);
            };
            JsonObject body = reason.map(why -> JsonObject.of("status", "unavailable", "reason", why))
                    .orElseGet(() -> path.equals("/readyz") ? well() : WELL);
            write(response, callback, reason.isPresent() ? 503 : 200, Json.writeBytes(body));
        }
        return true;
    }

    private JsonObject well() {
        return impaired.get().map(what -> WELL.with("impaired", what)).orElse(WELL);
    }

    private static void write(Response response, Callback callback, int status, byte[] body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
