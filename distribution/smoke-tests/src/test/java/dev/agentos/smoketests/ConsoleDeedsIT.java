package dev.agentos.smoketests;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the console offers is carried out, and the API tells what came of it. */
@Timeout(1_800)
@Tag("long")
class ConsoleDeedsIT {

    private static final String TOOL = "deed-tool";

    @TempDir
    private Path directory;

    /**
     * A tool that answers with its argument, with what it reads from its own folder, and with how often it was called
     * since it was loaded.
     */
    private Path tool() {
        return SyntheticJar.plugin(TOOL, "1.0.0")
                .permissions(
                        new PermissionRequest(
                                Permission.of(PermissionKind.FS_READ, "${data}/**"), "reads its own note", true),
                        new PermissionRequest(
                                Permission.of(PermissionKind.NET_CONNECT, "ledger.example.com:443"),
                                "keeps books",
                                false))
                .extension("synthetic.Deed", """
                    package synthetic;

                    import dev.agentos.spi.*;
                    import java.io.IOException;
                    import java.nio.file.Files;
                    import java.util.concurrent.atomic.AtomicInteger;

                    @AgentOsExtension
                    public final class Deed implements Tool {
                        private final AtomicInteger calls = new AtomicInteger();
                        private PluginContext context;

                        @Override
                        public void start(PluginContext context) {
                            this.context = context;
                        }

                        @Override
                        public ToolDescription description() {
                            return new ToolDescription(
                                    "deed.do", "Does it.", JsonObject.of("type", "object"), Effect.PURE);
                        }

                        @Override
                        public ToolResult call(JsonObject arguments, CallContext call) {
                            return ToolResult.of(JsonObject.of(
                                    "text", arguments.text("text").orElse(""),
                                    "note", note(),
                                    "calls", calls.incrementAndGet()));
                        }

                        private String note() {
                            try {
                                return Files.readString(context.dataFolder().resolve("note"));
                            } catch (IOException | SecurityException e) {
                                return String.valueOf(e.getMessage());
                            }
                        }
                    }
                    """)
                .writeTo(directory, "deed.jar");
    }

    /** How many processes the server has for the plugin. */
    private static long workers(ServerProcess server) {
        return ProcessHandle.of(server.pid())
                .orElseThrow()
                .children()
                .filter(child -> child.info()
                        .commandLine()
                        .filter(line -> line.endsWith("PluginWorker " + TOOL))
                        .isPresent())
                .count();
    }

    @Test
    void areDone() throws Exception {
        BrowserScript.assumeBrowser();
        Path data = directory.resolve("data");
        try (ScriptedOpenAi models = SlowResearch.model();
                ServerProcess server = ServerProcess.start(data);
                Levers levers = SlowResearch.levers(models).with("workers", told -> Long.toString(workers(server)))) {
            Api api = server.administrator();
            SlowResearch.install(api, models);
            api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", tool()).expect(202));
            Path own = Files.createDirectories(data.resolve("plugin-data").resolve(TOOL));
            Files.writeString(own.resolve("note"), "kept");
            BrowserScript.of("deeds").with("LEVERS", levers.address()).run(server);
        }
    }
}
