package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of woven classes is a help and never a must. */
class WovenTest {

    private static final Woven WOVEN =
            new Woven(List.of(new Sink("a.B.c", Rule.JVM_EXIT, Refusal.SECURITY)), Map.of("a.B", new byte[] {1, 2}));

    @TempDir
    private Path folder;

    @Test
    void comesBack() {
        WOVEN.save(folder);
        Woven kept = Objects.requireNonNull(Woven.load(folder));
        assertThat(kept.sinks()).isEqualTo(WOVEN.sinks());
        assertThat(kept.classes().get("a.B")).containsExactly(1, 2);
    }

    @Test
    void isNotTakenWhenItIsBroken() throws Exception {
        WOVEN.save(folder);
        Path file = folder.resolve("guard.woven");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1]++;
        Files.write(file, bytes);
        assertThat(Woven.load(folder)).isNull();
        Files.write(file, new byte[3]);
        assertThat(Woven.load(folder)).isNull();
        Files.delete(file);
        Files.createDirectory(file);
        assertThat(Woven.load(folder)).isNull();
    }

    @Test
    void aFolderThatCannotBeWrittenKeepsNothing() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        WOVEN.save(file);
        assertThat(Woven.load(file)).isNull();
    }
}
