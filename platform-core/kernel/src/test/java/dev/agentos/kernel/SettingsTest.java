package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

    private static final List<Setting> KNOWN = List.of(
            Setting.of("http-port", "The port.", "7777"),
            Setting.of("data-dir", "The directory.", "data"),
            new Setting("database-password", "The password.", "", true));

    @TempDir
    private Path directory;

    @Test
    void commandLineBeatsEnvironmentBeatsFileBeatsDefault() throws Exception {
        Path file = Files.writeString(directory.resolve("agentos.yaml"), "http-port: 1\ndata-dir: fromfile\n");

        assertThat(load(List.of(), Map.of(), file).number("http-port", 0, 65535))
                .isEqualTo(1);
        assertThat(load(List.of(), Map.of("AGENTOS_HTTP_PORT", "2"), file).number("http-port", 0, 65535))
                .isEqualTo(2);
        Settings all = load(List.of("--http-port", "3"), Map.of("AGENTOS_HTTP_PORT", "2"), file);
        assertThat(all.number("http-port", 0, 65535)).isEqualTo(3);
        assertThat(all.entries())
                .extracting(Settings.Entry::origin)
                .containsExactly("command line", "file " + file, "default");
    }

    @Test
    void unknownKeyNamesTheNearest() {
        assertThatThrownBy(() -> load(List.of("--htp-port=1"), Map.of(), directory.resolve("none")))
                .isInstanceOfSatisfying(AgentOsException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(KernelErrorCode.UNKNOWN_SETTING);
                    assertThat(e.action()).contains("'http-port'");
                });
        assertThatThrownBy(() -> load(List.of(), Map.of("AGENTOS_DATADIR", "x"), directory.resolve("none")))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.action()).contains("AGENTOS_DATA_DIR"));
    }

    @Test
    void secretComesFromAFileAndIsNeverShown() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "swordfish\n");
        Settings settings =
                load(List.of(), Map.of("AGENTOS_DATABASE_PASSWORD_FILE", secret.toString()), directory.resolve("none"));
        assertThat(settings.text("database-password")).contains("swordfish");
        assertThat(settings.entries().getLast().shown()).doesNotContain("swordfish");
    }

    @Test
    void reservedVariablesAreNotSettings() {
        assertThat(load(List.of(), Map.of("AGENTOS_SECRET_X", "1", "AGENTOS_HOME", "2"), directory.resolve("none"))
                        .entries())
                .hasSize(3);
    }

    @Test
    void badNumberSaysWhereItCameFrom() {
        Settings settings = load(List.of("--http-port=x"), Map.of(), directory.resolve("none"));
        assertThatThrownBy(() -> settings.number("http-port", 0, 65535)).hasMessageContaining("command line");
    }

    private static Settings load(List<String> arguments, Map<String, String> environment, Path file) {
        return Settings.load(
                KNOWN, arguments, environment, List.of("AGENTOS_SECRET_", "AGENTOS_HOME"), Optional.of(file));
    }
}
