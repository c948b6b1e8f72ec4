package dev.agentos.smoketests;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around a tab, and what hands do in passing: nothing is lost, shown to others or done twice by it. */
@Timeout(1_800)
@Tag("long")
class ConsoleSlipsIT {

    @TempDir
    private Path directory;

    @Test
    void costNothing() throws Exception {
        BrowserScript.assumeBrowser();
        try (ServerProcess server = ServerProcess.start(directory)) {
            BrowserScript.of("slips").run(server);
        }
    }
}
