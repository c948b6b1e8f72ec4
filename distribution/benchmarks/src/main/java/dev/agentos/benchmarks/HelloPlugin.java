package dev.agentos.benchmarks;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hello tool in a running server: installed, called, swapped and removed. */
final class HelloPlugin {
    private static final String GRAPH = """
        {"metadata":{"name":"greet"},
         "channels":{"name":{"type":"string","reducer":"last"},"greeting":{"type":"object","reducer":"last"}},
         "nodes":[{"id":"greet","type":"tool","config":{"tool":"hello.greet","arguments":{"name":"name"},"output":"greeting"}}],
         "edges":[{"source":"START","target":"greet"},{"source":"greet","target":"END"}]}\
        """;
    private static final String RELEASE = "{\"listing\":\"hello-tool\",\"acceptAll\":true}";
    private static final String EXECUTION = "{\"graph\":\"greet\",\"input\":{\"name\":\"you\"}}";
    private static final double NANOS_PER_MILLI = 1e6;
    private static final long POLL_MILLIS = 5;

    private final HttpClient http;
    private final URI server;
    private final String key;
    private boolean deployed;

    HelloPlugin(HttpClient http, URI server, String key) {
        this.http = http;
        this.server = server;
        this.key = key;
    }

    /** Returns the milliseconds of the request to install, and of the execution in which the tool answers. */
    double installAndCall() {
        var began = System.nanoTime();
        install();
        var installed = System.nanoTime() - began;
        deploy();
        began = System.nanoTime();
        var execution = send("POST", "/executions", EXECUTION);
        var millis = (installed + System.nanoTime() - began) / NANOS_PER_MILLI;
        if (!execution.text("state").orElse("").equalsIgnoreCase("SUCCEEDED")) {
            throw new IllegalStateException("The tool did not answer: " + execution);
        }
        return millis;
    }

    /** Sends the graph, once; the tool that it names has to be there. */
    void deploy() {
        if (!deployed) {
            send("POST", "/graphs", GRAPH);
            deployed = true;
        }
    }

    void install() {
        await(send("POST", "/plugins", RELEASE));
    }

    /** Replaces it by the same release, which is loaded anew. */
    void swap() {
        await(send("POST", "/plugins/hello-tool/swap", RELEASE));
    }

    void uninstall() {
        await(send("DELETE", "/plugins/hello-tool?force=true", ""));
    }

    /** Returns the milliseconds that copying, hashing and flushing the JAR takes: no install can be faster. */
    static double lowerBound(Path jar) {
        try {
            var target = Files.createTempFile("agentos-bound-", ".jar");
            var began = System.nanoTime();
            var bytes = Files.readAllBytes(jar);
            MessageDigest.getInstance("SHA-512").digest(bytes);
            try (var channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(bytes));
                channel.force(true);
            }
            var millis = (System.nanoTime() - began) / NANOS_PER_MILLI;
            Files.delete(target);
            return millis;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void await(JsonObject operation) {
        var path = "/operations/" + operation.text("id").orElseThrow();
        var current = operation;
        while (current.text("state").orElse("").equalsIgnoreCase("RUNNING")) {
            pause();
            current = send("GET", path, "");
        }
        if (!current.text("state").orElse("").equalsIgnoreCase("SUCCEEDED")) {
            throw new IllegalStateException("The operation failed: " + current);
        }
    }

    /** Asking without a pause would take a processor from the server that is measured. */
    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }

    private JsonObject send(String method, String path, String body) {
        var request = HttpRequest.newBuilder(server.resolve("/api/v1" + path))
                .header("Authorization", "Bearer " + key)
                .header("AgentOS-Tenant", "default")
                .header("Prefer", "wait=30")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        try {
            var response = http.send(request.build(), BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IllegalStateException(method + " " + path + " answered " + response.body());
            }
            return Json.parseObject(response.body());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }
}
