package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report for machines, and the rules that it names. */
class ReportFormsTest {

    private static final Pattern RULE = Pattern.compile("\"((?:CLS|EXP|EXT|IMP|JAR|LNK|MAN|PRM|REP|SIG)[0-9]{3})\"");

    @TempDir
    private Path directory;

    @Test
    void sarifHasTheShapeOfItsSchema() throws IOException {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("../x", "");
        zip.add("a\u00e9 b", "");
        Path jar = Files.write(directory.resolve("my pl\u00fcgin.jar"), zip.bytes());
        VerificationReport report = new PluginVerifier().verify(jar);
        JsonObject sarif = report.toSarif();
        assertThat(sarif.text("version")).contains("2.1.0");
        assertThat(sarif.text("$schema").orElseThrow()).endsWith("sarif-schema-2.1.0.json");
        JsonObject run = object(sarif.array("runs").orElseThrow(), 0);
        JsonObject driver = run.object("tool").orElseThrow().object("driver").orElseThrow();
        assertThat(driver.text("name")).contains("agentos-verifier");
        JsonArray rules = driver.array("rules").orElseThrow();
        JsonArray results = run.array("results").orElseThrow();
        assertThat(results.size()).isEqualTo(report.findings().size()).isPositive();
        for (JsonValue value : results) {
            JsonObject result = (JsonObject) value;
            int index =
                    Integer.parseInt(result.member("ruleIndex").orElseThrow().toString());
            assertThat(object(rules, index).text("id")).isEqualTo(result.text("ruleId"));
            assertThat(result.text("level").orElseThrow()).isIn("error", "warning", "note");
            assertThat(result.object("message").orElseThrow().text("text").orElseThrow())
                    .isNotBlank();
            String uri = object(result.array("locations").orElseThrow(), 0)
                    .object("physicalLocation")
                    .orElseThrow()
                    .object("artifactLocation")
                    .orElseThrow()
                    .text("uri")
                    .orElseThrow();
            assertThat(java.net.URI.create(uri)).hasToString("my%20pl%C3%BCgin.jar");
        }
        JsonObject artifact = object(run.array("artifacts").orElseThrow(), 0);
        assertThat(artifact.object("hashes").orElseThrow().text("sha-512")).contains(report.sha512());
    }

    private static JsonObject object(JsonArray array, int index) {
        return (JsonObject) array.items().get(index);
    }

    @Test
    void everyRuleIsListedAndExplained() throws IOException {
        Set<String> used = new TreeSet<>();
        try (Stream<Path> sources = Files.list(Path.of("src/main/java/dev/agentos/verifier"))) {
            for (Path source :
                    sources.filter(file -> file.toString().endsWith(".java")).toList()) {
                RULE.matcher(Files.readString(source)).results().forEach(match -> used.add(match.group(1)));
            }
        }
        assertThat(SarifReport.rules().keySet()).containsExactlyElementsOf(used);
        String page = Files.readString(Path.of("../../docs/reference/verifier-rules.md"));
        assertThat(used).allSatisfy(rule -> assertThat(page).contains("| `" + rule + "` |"));
    }
}
