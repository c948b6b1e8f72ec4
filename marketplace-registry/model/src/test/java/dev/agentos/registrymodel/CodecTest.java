package dev.agentos.registrymodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.PluginDependency;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {

    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678901Z");

    private static final Listing LISTING = new Listing(
            "open-ai",
            "Öpen \"AI\"",
            "Models.",
            "provider",
            List.of("llm", "chat"),
            "Example",
            SemanticVersion.parse("1.2.0"),
            TIME,
            List.of("secret.read", "net.connect"),
            42);

    private static final Release RELEASE = new Release(
            "open-ai",
            SemanticVersion.parse("1.2.0-rc.1"),
            "0f".repeat(64),
            1234,
            TIME,
            VersionRange.parseRequirement("1.0.0"),
            List.of(PluginDependency.parse("other?@^1.0")),
            PermissionRequest.parseHeader(
                    "net.connect;target=\"a.example:443\";reason=\"a, b; c\";optional:=true, jvm.management"),
            "Line.");

    private static JsonObject throughText(JsonObject json) {
        return Json.parseObject(Json.write(json));
    }

    @Test
    void readsBackWhatItWrites() {
        assertThat(Listing.fromJson(throughText(LISTING.toJson()))).isEqualTo(LISTING);
        assertThat(Release.fromJson(throughText(RELEASE.toJson()))).isEqualTo(RELEASE);
    }

    @Test
    void keepsTheMeaningOfARequirement() {
        Release read = Release.fromJson(throughText(RELEASE.toJson()));
        assertThat(read.runsOn(SemanticVersion.parse("1.5.0"))).isTrue();
        assertThat(read.runsOn(SemanticVersion.parse("0.9.0"))).isFalse();
    }

    @Test
    void ignoresWhatANewerRegistryAdds() {
        JsonObject newer = LISTING.toJson().with("rating", 5).with("category", "hologram");
        assertThat(Listing.fromJson(newer).category()).isEqualTo("hologram");
    }

    @ParameterizedTest
    @ValueSource(strings = {"slug", "version", "sha512", "sizeBytes", "publishedAt", "requires", "permissions"})
    void namesTheMemberThatIsWrong(String member) {
        assertThatThrownBy(() -> Release.fromJson(RELEASE.toJson().with(member, null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(member);
    }

    @Test
    void refusesSlugsAndDigestsThatCouldBePaths() {
        assertThatThrownBy(() -> Release.fromJson(RELEASE.toJson().with("slug", "../../etc")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Release.fromJson(RELEASE.toJson().with("sha512", "../x")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Release.fromJson(RELEASE.toJson().with("sizeBytes", 0)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
