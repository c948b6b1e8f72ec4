package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen from outside while a server starts. */
class StartIT {

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void livesBeforeItIsReady() throws Exception {
        int port = freePort();
        CompletableFuture<ServerProcess> start = CompletableFuture.supplyAsync(() -> begin(port));
        boolean lived = false;
        while (!start.isDone()) {
            // A first start makes a database, and takes long enough for all three to be asked meanwhile.
            boolean alive = status(port, "/livez") == 200;
            HttpResponse<String> refused = alive ? get(port, "/api/v1/graphs") : null;
            if (refused != null && status(port, "/readyz") == 503) {
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.body()).contains("starting");
                lived = true;
            }
            Thread.sleep(20);
        }
        try (ServerProcess server = start.get()) {
            assertThat(lived).isTrue();
            assertThat(status(port, "/livez")).isEqualTo(200);
            assertThat(status(port, "/startupz")).isEqualTo(200);
            assertThat(status(port, "/readyz")).isEqualTo(200);
            server.administrator().get("/api/v1/graphs").expect(200);
        }
    }

    /** Every start is quicker for it, and nothing else would say that it failed: a virtual machine goes without. */
    @Test
    void beginsWithWhatTheRehearsalMade() throws Exception {
        Path log = directory.resolve("aot.log");
        List<String> orNotAtAll = List.of("env", "JDK_JAVA_OPTIONS=-XX:AOTMode=on -Xlog:aot=info:file=" + log);
        try (ServerProcess server = ServerProcess.start(orNotAtAll, directory.resolve("data"))) {
            assertThat(Files.readString(Path.of("/proc", Long.toString(server.pid()), "maps")))
                    .contains(ServerProcess.HOME.resolve("server.aot").toString());
            // One option about modules too many, and classes are read from it that must be linked all the same.
            assertThat(log).content().contains("Using AOT-linked classes: true");
        }
    }

    @Test
    void commandsBeginWithItToo() throws Exception {
        Launcher agentos = Launcher.fresh(directory);
        List<String> orNotAtAll = List.of(
                "env",
                "JDK_JAVA_OPTIONS=-XX:AOTMode=on",
                Launcher.CHECKOUT.resolve("agentos").toString(),
                "--version");
        assertThat(agentos.finish(orNotAtAll, 60).expect(0).output()).contains("AgentOS ");
    }

    private ServerProcess begin(int port) {
        try {
            return ServerProcess.start(List.of("env"), directory.resolve("data"), "--http-port=" + port);
        } catch (IOException | InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private int status(int port, String path) throws InterruptedException {
        HttpResponse<String> answer = get(port, path);
        return answer == null ? 0 : answer.statusCode();
    }

    private HttpResponse<String> get(int port, String path) throws InterruptedException {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException notYet) {
            return null;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
