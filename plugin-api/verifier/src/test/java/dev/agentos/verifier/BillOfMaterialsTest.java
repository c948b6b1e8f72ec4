package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.agentos.verifier.Finding.Severity;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Case 75: what a plugin says it is made of, and what it embeds. */
class BillOfMaterialsTest {

    private static final String AT = "META-INF/sbom/plugin.cdx.json";
    private static final String LIBRARY = "lib/some.jar";

    @TempDir
    private Path directory;

    private final byte[] library = library("Some");

    private static byte[] library(String name) {
        RawZip zip = new RawZip();
        zip.add("example/lib/" + name + ".class", RawZip.classFile("example.lib." + name));
        return zip.bytes();
    }

    private VerificationReport verify(RawZip zip) throws IOException {
        return new PluginVerifier().verify(Files.write(directory.resolve("plugin.jar"), zip.bytes()));
    }

    private static RawZip plugin() {
        return RawZip.plugin(RawZip.headers());
    }

    private static String bill(String components) {
        return "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [" + components + "]}";
    }

    private static String component(String algorithm, byte[] file) throws Exception {
        String digest = HexFormat.of()
                .formatHex(MessageDigest.getInstance(algorithm).digest(file))
                .toUpperCase(Locale.ROOT);
        return """
            {"type": "library", "group": "org.example", "name": "some", "version": "1.0.0",
             "purl": "pkg:maven/org.example/some@1.0.0?type=jar",
             "hashes": [{"alg": "MD5", "content": "00000000000000000000000000000000"},
                        {"alg": "%s", "content": "%s"}]}\
            """.formatted(algorithm, digest);
    }

    private static List<String> rules(VerificationReport report, Severity severity) {
        return report.findings().stream()
                .filter(finding -> finding.severity() == severity)
                .map(Finding::ruleId)
                .filter(rule -> rule.startsWith("SBM"))
                .toList();
    }

    @Test
    void aPluginWithLibrariesIsAskedForOne() throws IOException {
        assertThat(rules(verify(plugin()), Severity.WARNING)).isEmpty();
        RawZip embedding = plugin();
        embedding.add(LIBRARY, library);
        VerificationReport report = verify(embedding);
        assertThat(report.accepted()).isTrue();
        assertThat(rules(report, Severity.WARNING)).containsExactly("SBM001");
        assertThat(report.bill()).isEmpty();
        assertThat(report.toJson().text("components")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA-1", "SHA-256", "SHA-384", "SHA-512"})
    void whatItListsIsFoundByAnyDigest(String algorithm) throws Exception {
        RawZip zip = plugin();
        // Before and behind what it is about: the order of entries says nothing.
        zip.add(AT, bill(component(algorithm, library) + ", {\"name\": \"lent\", \"version\": \"2\"}"));
        zip.add(LIBRARY, library);
        VerificationReport report = verify(zip);
        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(rules(report, Severity.WARNING)).isEmpty();
        assertThat(report.bill().orElseThrow().references())
                .containsExactly("pkg:maven/org.example/some@1.0.0?type=jar", "lent@2");
        assertThat(report.toJson().array("components").orElseThrow().size()).isEqualTo(2);
        Path file = directory.resolve("plugin.jar");
        try (JarFile jar = new JarFile(file.toFile())) {
            assertThat(BillOfMaterials.of(jar)).isEqualTo(report.bill());
        }
    }

    @Test
    void refusesOneThatListsOtherFiles() throws Exception {
        RawZip zip = plugin();
        zip.add(LIBRARY, library("Other"));
        zip.add(AT, bill(component("SHA-256", library)));
        VerificationReport report = verify(zip);
        assertThat(rules(report, Severity.ERROR)).containsExactly("SBM003");
        assertThat(report.errors().getFirst().message()).contains(LIBRARY);

        RawZip second = plugin();
        second.add(LIBRARY, library);
        second.add("lib/more.jar", library("More"));
        second.add(AT, bill(component("SHA-256", library)));
        assertThat(verify(second).errors())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("lib/more.jar"));
        second.add("META-INF/bom.json", bill(component("SHA-256", library("More"))));
        assertThat(verify(second).accepted()).isTrue();
    }

    @Test
    void warnsOfOneWithoutDigests() throws IOException {
        RawZip zip = plugin();
        zip.add(
                AT,
                bill("{\"name\": \"some\", \"components\": [{\"name\": \"inner\", \"purl\": \"pkg:generic/inner\"}]}"));
        zip.add(LIBRARY, library);
        VerificationReport report = verify(zip);
        assertThat(report.accepted()).isTrue();
        assertThat(rules(report, Severity.WARNING)).containsExactly("SBM003");
        assertThat(report.bill().map(BillOfMaterials::references))
                .isEqualTo(Optional.of(List.of("some", "pkg:generic/inner")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no JSON",
                "[]",
                "{\"bomFormat\": \"SPDX\", \"specVersion\": \"1.6\"}",
                "{\"bomFormat\": \"CycloneDX\"}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": {}}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [1]}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{\"version\": \"1\"}]}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{\"name\": \"a\", \"purl\":"
                        + " \"x\"}]}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{\"name\": \"a\", \"purl\":"
                        + " 1}]}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{\"name\": \"a\","
                        + " \"hashes\": [1]}]}",
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{\"name\": \"a\","
                        + " \"hashes\": [{\"alg\": \"SHA-1\", \"content\": \"zz\"}]}]}"
            })
    void refusesWhatIsNoDocument(String text) throws IOException {
        RawZip zip = plugin();
        zip.add(AT, text);
        VerificationReport report = verify(zip);
        assertThat(rules(report, Severity.ERROR)).containsExactly("SBM002");
        assertThat(report.bill()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BillOfMaterials.parse(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void refusesWhatIsTooLongTooDeepOrNoText() throws IOException {
        RawZip longer = plugin();
        longer.add(
                AT,
                new Random(1)
                        .ints(BillOfMaterials.MAX_BYTES / 8 + 1)
                        .mapToObj("%08x"::formatted)
                        .collect(Collectors.joining()));
        assertThat(rules(verify(longer), Severity.ERROR)).containsExactly("SBM002");
        RawZip deep = plugin();
        deep.add(AT, bill("{\"name\": \"a\", \"components\": [".repeat(200) + "]}".repeat(200)));
        assertThat(rules(verify(deep), Severity.ERROR)).containsExactly("SBM002");
        RawZip many = plugin();
        many.add(
                AT,
                bill(IntStream.rangeClosed(0, 10_000)
                        .mapToObj(number -> "{\"name\":\"part-" + number * 7919L % 1_000_003 + "\"}")
                        .collect(Collectors.joining(","))));
        assertThat(rules(verify(many), Severity.ERROR)).containsExactly("SBM002");
        RawZip bytes = plugin();
        bytes.add(AT, new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThat(rules(verify(bytes), Severity.ERROR)).containsExactly("SBM002");
    }
}
