package dev.agentos.smoketests;

import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Conversations of which much goes on at once, and what people are asked in the middle of them. */
@Timeout(1_800)
class ConsoleConversationIT {

    @TempDir
    private Path directory;

    /** A tool that answers with what it was given. */
    private Path tool() {
        return SyntheticJar.plugin("deed-tool", "1.0.0")
                .extension("synthetic.Deed", """
                    package synthetic;

                    import dev.agentos.spi.*;

                    @AgentOsExtension
                    public final class Deed implements Tool {
                        @Override
                        public ToolDescription description() {
                            return new ToolDescription(
                                    "deed.do", "Does it.", JsonObject.of("type", "object"), Effect.PURE);
                        }

                        @Override
                        public ToolResult call(JsonObject arguments, CallContext call) {
                            return ToolResult.of(arguments);
                        }
                    }
                    """)
                .writeTo(directory, "deed.jar");
    }

    @Test
    void isFollowedByOneStreamAndAsksForExactlyWhatRuns() throws Exception {
        BrowserScript.assumeBrowser();
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", tool()).expect(202));
            BrowserScript.of("conversation").run(server);
        }
    }
}
