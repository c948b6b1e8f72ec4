package dev.agentos.smoketests;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The web console of a new installation, and all of its rooms. */
@Timeout(1_800)
class ConsoleIT {

    @TempDir
    private Path directory;

    @Test
    void isThereFromTheFirstStartAndPeopleCanUseIt() throws Exception {
        BrowserScript.assumeBrowser();
        Launcher agentos = Launcher.in(directory);
        try (Launcher.Up up = agentos.up()) {
            BrowserScript.awaitConsole(agentos.address());
            for (String plugin : new String[] {"provider-local", "pack-research"}) {
                agentos.run("plugin", "install", plugin, "--accept-all", "--accept-critical")
                        .expect(0);
            }
            agentos.run("pack", "enable", "pack-research", "--tenant", "default")
                    .expect(0);
            BrowserScript.of("console")
                    .run(
                            agentos.address(),
                            Files.readString(agentos.data().resolve("admin.key"))
                                    .strip());
        }
    }
}
