package dev.agentos.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.net.URI;
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
}
