package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.web.OpenApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The console's types are generated from a copy of the API's description, which must be what the server says. */
class ConsoleDescriptionTest {

    private static final Path COPY = Path.of("../../plugins/console/openapi.json");

    @Test
    void isTheServersOwn() throws IOException {
        byte[] document = Json.writeBytes(OpenApi.of(ApiApplication.RESOURCES, "0.1.0"));
        if (Boolean.getBoolean("console.describe")) {
            Files.write(COPY, document);
        }
        assertThat(Files.readString(COPY))
                .as("Write it anew with -Dconsole.describe=true, and see that the console still builds")
                .isEqualTo(new String(document, StandardCharsets.UTF_8));
    }
}
