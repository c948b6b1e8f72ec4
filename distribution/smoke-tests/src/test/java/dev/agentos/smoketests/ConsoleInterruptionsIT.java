package dev.agentos.smoketests;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are loaded again in the middle, and a server that goes away and comes back. */
@Timeout(1_800)
class ConsoleInterruptionsIT {

    private static final String SLOW = "slow-tool";

    @TempDir
    private Path directory;

    /** A plugin that is loaded when somebody says so. */
    private Path slow() {
        return SyntheticJar.plugin(SLOW, "1.0.0")
                .permissions(new PermissionRequest(
                        Permission.of(PermissionKind.FS_READ, "${data}/go"), "waits for it to be there", false))
                .extension("synthetic.Slow", """
                    package synthetic;

                    import dev.agentos.spi.*;
                    import java.nio.file.Files;

                    @AgentOsExtension
                    public final class Slow implements Tool {
                        @Override
                        public void start(PluginContext context) {
                            try {
                                while (!Files.exists(context.dataFolder().resolve("go"))) {
                                    Thread.sleep(50);
                                }
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        }

                        @Override
                        public ToolDescription description() {
                            return new ToolDescription(
                                    "slow.say", "Is slow to come.", JsonObject.of("type", "object"), Effect.PURE);
                        }

                        @Override
                        public ToolResult call(JsonObject arguments, CallContext call) {
                            return ToolResult.of(new JsonString("at last"));
                        }
                    }
                    """)
                .writeTo(directory, "slow.jar");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private ServerProcess start(int port) throws Exception {
        return ServerProcess.start(directory.resolve("data"), "--http-port=" + port);
    }

    @Test
    void loseNothingAndDoNothingTwice() throws Exception {
        BrowserScript.assumeBrowser();
        int port = freePort();
        AtomicReference<ServerProcess> running = new AtomicReference<>(start(port));
        try (ScriptedOpenAi models = SlowResearch.model();
                Levers levers = SlowResearch.levers(models)
                        .with("asked", told -> Integer.toString(models.asked().size()))
                        .with("install", told -> {
                            Path folder = directory.resolve("data/plugin-data").resolve(SLOW);
                            Files.writeString(folder.resolve("go"), "");
                            return "";
                        })
                        .with("stop", told -> Integer.toString(running.get().stop()))
                        .with("kill", told -> {
                            running.get().kill();
                            return "";
                        })
                        .with("start", told -> {
                            running.set(start(port));
                            return "";
                        })) {
            SlowResearch.install(running.get().administrator(), models);
            BrowserScript.of("interruptions")
                    .with("LEVERS", levers.address())
                    .with("SLOW", slow())
                    .run(running.get());
        } finally {
            running.get().kill();
        }
    }
}
