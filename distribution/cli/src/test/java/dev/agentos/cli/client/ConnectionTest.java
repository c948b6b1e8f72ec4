package dev.agentos.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConnectionTest {

    @Test
    void anInvitationComesWithTheLinkThatAcceptsIt() {
        var connection = new Connection();
        connection.server = Optional.of(URI.create("https://agents.example.org/"));
        assertThat(connection
                        .linked(JsonObject.of("id", "usr_1", "invitation", "inv_a1"))
                        .text("link"))
                .contains("https://agents.example.org/console/invitation#inv_a1");
        assertThat(connection.linked(JsonObject.of("id", "usr_1")).text("link")).isEmpty();
    }

    @Test
    void whatOthersWroteIsNoCommandToATerminal() {
        var said = "a\u001b]52;c;cm0=\u0007\r\u202eb\nstate: SUCCEEDED\n";
        var written = "a\\u001b]52;c;cm0=\\u0007\\u000d\\u202eb";

        assertThat(Connection.lines(JsonObject.of("output", JsonObject.of("\u001bc", said))))
                .containsExactly("output.\\u001bc: " + written + "\n  state: SUCCEEDED");
        assertThat(Connection.table(
                        List.of(JsonObject.of("name", said, "tags", List.of("\u001b", "t"))), "name", "tags"))
                .last()
                .asString()
                .startsWith(written + "\\u000a")
                .endsWith("  \\u001b, t");
        assertThat(Texts.lines(said, "")).isEqualTo(written + "\nstate: SUCCEEDED\n");
    }

    @Test
    void theServersOwnKeyIsThatOfItsDataDirectory() {
        var connection = new Connection();
        connection.dataDirectory = Path.of("data");
        assertThat(connection.hasServersKey()).isTrue();
        connection.keyFile = Optional.of(Path.of("data/../data/admin.key"));
        assertThat(connection.hasServersKey()).isTrue();
        connection.keyFile = Optional.of(Path.of("admin.key"));
        assertThat(connection.hasServersKey()).isFalse();
    }
}
