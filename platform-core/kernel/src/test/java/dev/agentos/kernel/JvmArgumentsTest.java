package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JvmArgumentsTest {

    @TempDir
    Path home;

    @BeforeEach
    void install() throws IOException {
        Files.createDirectory(home.resolve("etc"));
        Files.writeString(home.resolve("etc/server.jvmargs"), "# why\n\n-Xmx1m \n-Dhome=${home}\n");
    }

    @Test
    void anArchiveIsWrittenWhereThereIsNoCache() throws IOException {
        assertThat(JvmArguments.of(home))
                .containsExactly(
                        "-Xmx1m",
                        "-Dhome=" + home,
                        "-XX:+AutoCreateSharedArchive",
                        "-XX:SharedArchiveFile=" + home.resolve("server.jsa"));
    }

    @Test
    void aCacheTakesTheArchivesPlace() throws IOException {
        Files.createFile(JvmArguments.cache(home));
        assertThat(JvmArguments.of(home))
                .containsExactly("-Xmx1m", "-Dhome=" + home, "-XX:AOTCache=" + home.resolve("server.aot"));
    }

    @Test
    void trainingUsesNeither() throws IOException {
        Files.createFile(JvmArguments.cache(home));
        Path made = home.resolve("made");
        assertThat(JvmArguments.training(home, made))
                .containsExactly("-Xmx1m", "-Dhome=" + home, "-XX:AOTCacheOutput=" + made);
    }

    @Test
    void withAnAgentNoArchiveIsWrittenAndTrainingGoesWithoutIt() throws IOException {
        Files.writeString(home.resolve("etc/server.jvmargs"), "-javaagent:${home}/guard.jar\n-Xmx1m\n");
        Path made = home.resolve("made");
        assertThat(JvmArguments.of(home)).containsExactly("-javaagent:" + home + "/guard.jar", "-Xmx1m");
        assertThat(JvmArguments.training(home, made))
                .containsExactly("-Xmx1m", "--add-modules=java.instrument", "-XX:AOTCacheOutput=" + made);
    }
}
