package dev.agentos.smoketests;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every room of the console in each of its states. */
@Timeout(1_800)
class ConsoleRoomsIT {

    @TempDir
    private Path directory;

    @Test
    void haveAnEmptyALoadingAFailedAndAForbiddenState() throws Exception {
        BrowserScript.assumeBrowser();
        try (ServerProcess server = ServerProcess.start(directory)) {
            BrowserScript.of("states").run(server);
        }
    }
}
