package dev.agentos.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.SecretCipher;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRingTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void name() {
        file = directory.resolve("secrets.key");
    }

    private KeyRing open(String... setting) {
        return KeyRing.open(setting.length == 0 ? Optional.empty() : Optional.of(setting[0]), directory, RANDOM);
    }

    private static void refused(ThrowingCallable work, SecretsErrorCode code) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    @Test
    void makesAKeyThatIsInAPrivateFileOnlyWhenItIsSaved() throws IOException {
        KeyRing ring = open();
        assertThat(file).doesNotExist();
        ring.save();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(open().ids()).isEqualTo(ring.ids());
        assertThat(ring.toString()).doesNotContain(Files.readString(file).strip());
    }

    @Test
    void putsANewKeyInFrontAndDropsOldOnes() throws IOException {
        KeyRing ring = open();
        ring.save();
        String old = ring.ids().getFirst();
        KeyRing other = open();
        String fresh = ring.add();
        assertThat(ring.ids()).containsExactly(fresh, old);
        assertThat(other.ids()).containsExactly(old);
        other.reload();
        assertThat(other.ids()).containsExactly(fresh, old);
        assertThat(ring.drop(Set.of(old))).isTrue();
        assertThat(open().ids()).containsExactly(fresh);
    }

    @Test
    void refusesAFileThatEverybodyCanReadOrThatHoldsNoKey() throws IOException {
        open().save();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        refused(this::open, SecretsErrorCode.KEY_FILE_READABLE);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(open().ids()).hasSize(1);
        Files.writeString(file, "c2hvcnQ=\n");
        assertThatThrownBy(this::open).hasMessageContaining("32 bytes");
        Files.writeString(file, "\n");
        assertThatThrownBy(this::open).hasMessageContaining("32 bytes");
    }

    @Test
    void takesTheSettingOverTheFileUnlessAKeyWouldBeMissing() throws IOException {
        String one = SecretCipher.freshKey(RANDOM);
        assertThat(open(one).source()).contains("setting");
        assertThat(file).doesNotExist();
        open().save();
        refused(() -> open(one), SecretsErrorCode.TWO_SOURCES);
        KeyRing both = open(one + "," + Files.readString(file));
        assertThat(both.ids()).hasSize(2);
        refused(both::add, SecretsErrorCode.KEY_IN_SETTING);
        assertThat(both.drop(Set.copyOf(both.ids()))).isFalse();
        assertThatThrownBy(() -> open("nonsense")).hasMessageContaining("32 bytes");
    }
}
