package dev.agentos.registryclient;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.function.Function;

/** What an attacker between a server and a registry can do: answers with what he kept, or changed. */
final class SteeredRegistry implements AutoCloseable {

    private final HttpServer server;
    private final RegistryService service;

    /** What is answered instead of the registry's index. */
    volatile Function<byte[], byte[]> index = bytes -> bytes;

    /** What is answered instead of a plugin's releases. */
    volatile Function<List<Release>, List<Release>> releases = listed -> listed;

    SteeredRegistry(RegistryService service) throws IOException {
        this.service = service;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/v1/index")) {
            send(exchange, index.apply(service.index()));
        } else if (path.endsWith("/releases")) {
            String slug = path.replaceFirst("/v1/listings/(.*)/releases", "$1");
            List<JsonObject> items = releases.apply(service.releases(slug)).stream()
                    .map(Release::toJson)
                    .toList();
            send(exchange, Json.writeBytes(JsonObject.of("items", items)));
        } else {
            String sha512 = path.replaceFirst("/v1/releases/(.*)[.]jar", "$1");
            try (InputStream jar = service.openJar(service.release(sha512).orElseThrow())) {
                send(exchange, jar.readAllBytes());
            }
        }
    }

    private static void send(HttpExchange exchange, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
