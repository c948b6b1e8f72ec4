package dev.agentos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.http.HttpConfig;
import dev.agentos.spi.AgentOsException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginSettingsTest {

    private static HttpConfig.Origins read(String... settings) {
        return ServerSettings.of(ServerSettings.load(List.of(settings), Map.of()))
                .origins();
    }

    @Test
    void thereIsNoneUnlessItWasNamed() {
        assertThat(read()).isEqualTo(HttpConfig.Origins.NONE);
    }

    @Test
    void areReadAsBrowsersWriteThem() {
        HttpConfig.Origins origins = read(
                "--allowed-origins=https://Console.Example.org:443/, http://localhost:3000",
                "--site-servers=http://127.0.0.1:80,http://[::1]:7777");
        assertThat(origins.callers()).containsExactlyInAnyOrder("https://console.example.org", "http://localhost:3000");
        assertThat(origins.servers()).containsExactly("http://127.0.0.1", "http://[::1]:7777");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "null",
                "https://*.example.org",
                "console.example.org",
                "ftp://console.example.org",
                "https://console.example.org/path",
                "https://user@console.example.org",
                "https://console.example.org:0",
                "https://console.example.org:65536",
                "https://a.example; script-src *",
                "https://a.example 'unsafe-inline'"
            })
    void whatIsNoOriginIsRefused(String text) {
        assertThatThrownBy(() -> read("--site-servers=" + text))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("site-servers");
    }
}
