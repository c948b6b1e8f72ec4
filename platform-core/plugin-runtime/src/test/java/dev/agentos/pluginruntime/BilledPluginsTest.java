package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Case 75: rules about what plugins are made of. */
class BilledPluginsTest extends HostedTest {

    private static final String BILL = """
        {"bomFormat": "CycloneDX", "specVersion": "1.6",
         "components": [{"name": "broken", "version": "1.2", "purl": "pkg:maven/org.example/broken@1.2"},
                        {"name": "fine"}]}\
        """;

    private Path jar(Optional<String> bill) {
        SyntheticJar jar = SyntheticJar.toolPlugin("parts", "1.0.0", "parts.say", "x");
        return bill.map(text -> jar.entry("META-INF/sbom/bom.json", text))
                .orElse(jar)
                .writeTo(folder);
    }

    private String refused(Path jar) {
        return host.failed(host.service.install(PluginHost.upload(jar))).code();
    }

    @Test
    void aRuleRefusesWhatIsBanned() {
        host.rule(
                Optional.empty(),
                "DENY",
                "release.components.exists(part, part.startsWith('pkg:maven/org.example/broken@'))",
                "enforce");
        assertThat(refused(jar(Optional.of(BILL)))).isEqualTo("policy:DENIED");
        host.done(host.service.install(PluginHost.upload(jar(Optional.of(BILL.replace("broken", "mended"))))));
        assertThat(host.service.require("parts").components())
                .contains(List.of("pkg:maven/org.example/mended@1.2", "fine"));
    }

    @Test
    void aRuleCanRequireThatOneIsThere() {
        host.rule(Optional.empty(), "DENY", "!release.billed", "enforce");
        assertThat(refused(jar(Optional.empty()))).isEqualTo("policy:DENIED");
        host.done(host.service.install(PluginHost.upload(jar(Optional.of(BILL)))));
    }

    @Test
    void whatIsNoDocumentIsRefusedAndWhatIsMissingIsNot() {
        assertThat(refused(jar(Optional.of("{}")))).isEqualTo("plugin:VERIFICATION_FAILED");
        host.done(host.service.install(PluginHost.upload(jar(Optional.empty()))));
        assertThat(host.service.require("parts").components()).isEmpty();
    }
}
