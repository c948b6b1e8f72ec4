package dev.agentos.registrymodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PublisherKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvelopeTest {

    @TempDir
    private Path temporary;

    @Test
    void encodesAsTheSpecificationsExample() {
        byte[] encoded =
                Envelope.encoded("http://example.com/HelloWorld", "hello world".getBytes(StandardCharsets.UTF_8));
        assertThat(new String(encoded, StandardCharsets.UTF_8))
                .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    @Test
    void isSignedByItsKeyAndNoOther() {
        PublisherKey key = key("one");
        byte[] payload = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        Envelope envelope = Envelope.signed("text/x", payload, key);
        JsonObject json = envelope.toJson();
        Envelope read = Envelope.fromJson(Json.parseObject(Json.write(json)));
        assertThat(read.payload()).isEqualTo(payload);
        assertThat(read.fingerprints()).containsExactly(key.fingerprint());
        assertThat(read.isSignedBy(key.fingerprint())).isTrue();
        assertThat(read.isSignedBy(key("other").fingerprint())).isFalse();
        assertThat(Envelope.fromJson(json.with("payloadType", "text/y")).isSignedBy(key.fingerprint()))
                .isFalse();
        assertThat(Envelope.fromJson(json.with("payload", "e30=")).isSignedBy(key.fingerprint()))
                .isFalse();
        assertThatThrownBy(() -> Envelope.fromJson(json.with("payload", "*")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Envelope.fromJson(JsonObject.EMPTY)).isInstanceOf(IllegalArgumentException.class);
    }

    private PublisherKey key(String name) {
        return PublisherKey.create(
                temporary.resolve(name), name, PublisherKey.NO_PASSWORD, Duration.ofDays(9), Duration.ZERO);
    }
}
