package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.EvilPlace;
import dev.agentos.testkit.EvilPlugin;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The evil plugin in the built server: refused when it brings its ways itself; and when it brings them in a library
 * that it embeds, as somebody would who knows the verifier, stopped at each of them while what was granted goes on.
 * That each of them leads somewhere without a guard shows {@code EvilPluginIT} of the plugin runtime.
 */
class EvilServerIT {

    private static final int LEAST_STOPPED = 400;

    /** What the library links that nothing would check later: the verifier holds these classes back. */
    private static final List<String> HELD_BACK = List.of();

    @TempDir
    private Path folder;

    private final List<String> stopped = new ArrayList<>();
    private final List<String> heldBack = new ArrayList<>();

    @Test
    void whatTriesEverythingGetsWhatWasGrantedAndNothingElse() throws Exception {
        Path outside = Files.createDirectories(folder.resolve("outside")).toRealPath();
        Path inside = Files.createDirectories(folder.resolve("inside")).toRealPath();
        EvilPlace.fill(outside, 1_500);
        EvilPlace.fill(inside, 1_500);
        Files.createSymbolicLink(inside.resolve("out-link"), outside);
        Files.createSymbolicLink(inside.resolve("dangling"), outside.resolve("dangled"));
        try (ServerSocket forbidden = EvilPlace.serve();
                ServerSocket granted = EvilPlace.serve();
                ServerSocketChannel unix = listening(outside);
                ServerSocketChannel unixGranted = listening(inside);
                ServerProcess server = ServerProcess.start(folder.resolve("data"))) {
            Api api = server.administrator();

            Api.Answer refused = api.upload(
                    "/api/v1/plugins?acceptAll=true",
                    EvilPlugin.jar("evil", "1.0.0", jackson()).writeTo(folder));
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("plugin:VERIFICATION_FAILED", "LNK001", "java.lang.System.setProperty");

            api.succeeded(api.upload("/api/v1/plugins?acceptAll=true&acceptCritical=true", jar(inside, granted))
                    .expect(202));
            for (String part : EvilPlugin.parts()) {
                tried(
                        part,
                        tried(
                                api,
                                JsonObject.of(
                                        "part",
                                        part,
                                        "outside",
                                        outside.toString(),
                                        "forbidden",
                                        forbidden.getLocalPort(),
                                        "inside",
                                        inside.toString(),
                                        "granted",
                                        granted.getLocalPort())));
            }
            assertThat(stopped).hasSizeGreaterThan(LEAST_STOPPED);
            assertThat(heldBack).containsExactlyElementsOf(HELD_BACK);
            assertThat(api.get("/api/v1/plugins/evil").expect(200).text("state"))
                    .contains("STARTED");
            assertThat(api.get("/api/v1/plugins/evil").text()).contains("fs.read " + outside, "net.connect 127.0.0.1:");
            assertThat(api.get("/api/v1/plugins/evil/logs").text()).contains("Denied '");
        }
    }

    private void tried(String part, JsonObject outcome) {
        outcome.text("heldBack").ifPresent(why -> heldBack.add(part));
        List<String> other = texts(outcome, "other").toList();
        texts(outcome, "stopped").forEach(stopped::add);
        assertThat(other.stream().filter(line -> line.endsWith("\tDONE") && !isAllowed(line)))
                .as("what came through of " + part)
                .isEmpty();
        assertThat(other.stream().filter(line -> isAllowed(line) && !line.endsWith("\tDONE")))
                .as("what is granted, or needs no grant, and was refused of " + part)
                .isEmpty();
        assertThat(texts(outcome, "stopped").filter(EvilServerIT::isAllowed))
                .as("what is granted and was refused of " + part)
                .isEmpty();
    }

    private static boolean isAllowed(String probe) {
        return probe.startsWith("free.") || probe.contains(" (allowed twin)");
    }

    private static Stream<String> texts(JsonObject outcome, String member) {
        return outcome.array(member).orElse(JsonArray.EMPTY).items().stream().map(text -> ((JsonString) text).value());
    }

    private JsonObject tried(Api api, JsonObject arguments) {
        Map<String, String> paths = Map.of(
                "part", "part",
                "outside", "outside",
                "forbidden", "forbidden",
                "inside", "inside",
                "granted", "granted");
        JsonObject config = JsonObject.of("tool", "evil.try", "arguments", paths, "output", "outcome");
        api.post(
                        "/api/v1/graphs",
                        OneNode.graph(
                                "try", "tool", config, "part", "outside", "forbidden", "inside", "granted", "outcome"))
                .expect(201);
        JsonObject execution = api.executed("try", arguments);
        return execution
                .object("output")
                .flatMap(output -> output.object("outcome"))
                .orElseThrow(() -> new AssertionError(arguments + ": " + execution));
    }

    private Path jar(Path inside, ServerSocket granted) throws IOException {
        String own = inside + "/**";
        return EvilPlugin.installable(
                        "evil",
                        "1.0.0",
                        jackson(),
                        folder,
                        PermissionRequest.parseHeader("fs.read;target=\"" + own + "\",fs.write;target=\"" + own
                                        + "\",fs.delete;target=\"" + own + "\",net.connect;target=\"127.0.0.1:"
                                        + granted.getLocalPort() + "\",net.connect;target=\"unix:" + inside
                                        + "/socket\",net.connect;target=\"allowed.example:*\","
                                        + "process.exec;target=\"/bin/cat\",process.exec;target=\"/bin/sleep\","
                                        + "jdk.group;target=\"xml\",jdk.group;target=\"logging\"")
                                .toArray(PermissionRequest[]::new))
                .writeTo(Files.createDirectories(folder.resolve("jars")));
    }

    private static ServerSocketChannel listening(Path place) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return channel.bind(UnixDomainSocketAddress.of(place.resolve("socket")));
    }

    private static List<Path> jackson() throws IOException {
        try (Stream<Path> lib = Files.list(ServerProcess.HOME.resolve("lib"))) {
            return lib.filter(file -> file.getFileName().toString().matches("jackson-(annotations|core|databind)-2.*"))
                    .toList();
        }
    }
}
