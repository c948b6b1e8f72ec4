package dev.agentos.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerAddressTest {

    @TempDir
    private Path data;

    @BeforeEach
    void aServerIsThere() throws IOException {
        lockedBy(ProcessHandle.current().pid());
        Files.writeString(data.resolve("server.address"), "http://0.0.0.0:18099\n");
    }

    @Test
    void isWhatTheRunningServerHasLeft() {
        assertThat(ServerAddress.of(data)).contains(URI.create("http://127.0.0.1:18099"));
    }

    @Test
    void isNotThatOfAServerThatIsGone() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        lockedBy(gone.pid());

        assertThat(ServerAddress.of(data)).isEmpty();
    }

    @Test
    void isUnknownWhereNoServerEverWas() {
        assertThat(ServerAddress.of(data.resolve("nothing"))).isEmpty();
    }

    private void lockedBy(long process) throws IOException {
        Files.writeString(data.resolve("lock"), Long.toString(process));
    }
}
