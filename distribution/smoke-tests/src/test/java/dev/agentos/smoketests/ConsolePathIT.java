package dev.agentos.smoketests;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From signing in to an agent's answer, with a pointer and with the keyboard alone; and what a viewer does not see. */
@Timeout(1_800)
class ConsolePathIT {

    @TempDir
    private Path directory;

    @Test
    void leadsFromTheDoorToTheAnswer() throws Exception {
        BrowserScript.assumeBrowser();
        try (ServerProcess server = ServerProcess.start(directory)) {
            BrowserScript.of("path").run(server);
            BrowserScript.of("viewer").run(server);
        }
    }
}
