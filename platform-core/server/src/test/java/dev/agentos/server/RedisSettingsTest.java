package dev.agentos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Settings;
import dev.agentos.redis.RedisConfig;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisSettingsTest {

    @TempDir
    Path directory;

    private static Settings settings(String url, Map<String, String> environment) {
        return ServerSettings.load(List.of("--rate-limit-redis=" + url), environment);
    }

    private static Optional<RedisConfig> read(String url) {
        return RedisSettings.of(settings(url, Map.of()));
    }

    @Test
    void withoutAnAddressTheDatabaseCounts() {
        assertThat(read("")).isEmpty();
        assertThat(ServerSettings.of(settings("", Map.of())).redis()).isEmpty();
    }

    @Test
    void readsHostPortUserAndDatabase() {
        assertThat(read("redis://cache.example.com"))
                .contains(new RedisConfig("cache.example.com", 6379, false, Optional.empty(), Optional.empty(), 0));
        assertThat(read("rediss://agentos@cache.example.com:6380/5"))
                .contains(
                        new RedisConfig("cache.example.com", 6380, true, Optional.of("agentos"), Optional.empty(), 5));
    }

    @Test
    void thePasswordComesFromAFileAndIsNotShown() throws IOException {
        Path file = Files.writeString(directory.resolve("redis"), "open sesame\n");
        Settings settings = settings(
                "redis://cache.example.com/", Map.of("AGENTOS_RATE_LIMIT_REDIS_PASSWORD_FILE", file.toString()));
        assertThat(RedisSettings.of(settings).orElseThrow().password()).contains("open sesame");
        assertThat(settings.entries()).extracting(Settings.Entry::shown).doesNotContain("open sesame");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cache.example.com",
                "cache.example.com:6379",
                "http://cache.example.com",
                "redis:cache",
                "redis://",
                "redis://cache.example.com:0",
                "redis://cache.example.com:70000",
                "redis://cache.example.com/five",
                "redis://cache.example.com/0/1",
                "redis://cache.example.com/0?timeout=1",
                "redis://cache.example.com/0#1",
                "redis://:sesame@cache.example.com",
                "redis://agentos:sesame@cache.example.com",
                "redis://two words"
            })
    void whatIsNoAddressStopsTheStart(String url) {
        assertThatThrownBy(() -> read(url)).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode().code()).isEqualTo("server:INVALID_SETTING");
            assertThat(e.getMessage()).contains("rate-limit-redis").doesNotContain("sesame");
        });
    }
}
