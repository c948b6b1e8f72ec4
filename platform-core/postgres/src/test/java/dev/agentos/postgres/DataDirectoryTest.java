package dev.agentos.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {

    private static final Ids IDS = Ids.system();

    @TempDir
    Path temporary;

    @Test
    void isOpenedOnceAtATimeAndNamesTheProcess() {
        try (DataDirectory first = DataDirectory.open(temporary, IDS)) {
            assertThat(first.path()).isAbsolute();
            assertThatThrownBy(() -> DataDirectory.open(temporary.resolve("."), IDS))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DATA_DIRECTORY_IN_USE))
                    .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
        }
        DataDirectory.open(temporary, IDS).close();
    }

    @Test
    void keepsItsNodeId() {
        String first;
        try (DataDirectory directory = DataDirectory.open(temporary.resolve("a/b"), IDS)) {
            first = directory.nodeId();
        }
        try (DataDirectory directory = DataDirectory.open(temporary.resolve("a/b"), IDS)) {
            assertThat(directory.nodeId()).isEqualTo(first).startsWith("node_");
        }
    }

    @Test
    void saysWhereItsServerListensAsLongAsItIsOpen() {
        try (DataDirectory directory = DataDirectory.open(temporary, IDS)) {
            directory.listens(URI.create("http://127.0.0.1:1"));
            directory.listens(URI.create("http://127.0.0.1:2"));
            assertThat(temporary.resolve("server.address")).hasContent("http://127.0.0.1:2");
        }
        assertThat(temporary.resolve("server.address")).doesNotExist();
    }

    @Test
    void refusesAPathThatIsNoDirectory() throws Exception {
        Path file = Files.writeString(temporary.resolve("file"), "x");
        assertThatThrownBy(() -> DataDirectory.open(file, IDS))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DATA_DIRECTORY_UNUSABLE));
    }
}
