package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.Launcher.Outcome;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every plugin that the installation offers says what it is made of, so that none is warned of or refused for it. */
@Timeout(120)
class BillsOfMaterialsIT {

    @TempDir
    private Path directory;

    @Test
    void noPluginOfTheInstallationIsSilentOfItsParts() throws Exception {
        Map<String, JsonObject> reports = reports();
        assertThat(reports).containsKeys("hello-tool", "provider-local", "provider-openai", "pack-research");
        reports.forEach((plugin, report) -> {
            assertThat(report.array("components")).as(plugin).isPresent();
            assertThat(report.array("findings").orElse(JsonArray.EMPTY).toString())
                    .as(plugin)
                    .doesNotContain("SBM00");
        });
        assertThat(parts(reports, "provider-openai"))
                .contains("langchain4j-core@", "langchain4j-open-ai@", "agentos-langchain4j-support@")
                .as("what the host lends is no part of it")
                .doesNotContain("jackson", "agentos-spi");
        assertThat(parts(reports, "provider-local")).contains("onnxruntime@");
        assertThat(parts(reports, "hello-tool")).isEqualTo("[]");
        if (reports.containsKey("console")) {
            assertThat(parts(reports, "console")).contains("pkg:npm/react@").doesNotContain("vitest");
        }
    }

    private static String parts(Map<String, JsonObject> reports, String plugin) {
        return reports.get(plugin).array("components").orElseThrow().toString();
    }

    private Map<String, JsonObject> reports() throws Exception {
        Map<String, JsonObject> reports = new TreeMap<>();
        Launcher agentos = Launcher.fresh(directory);
        for (Path jar : jars()) {
            Outcome outcome = agentos.run("plugin", "validate", jar.toString(), "--format", "json")
                    .expect(0);
            JsonObject report = (JsonObject) JsonValue.parse(outcome.output());
            reports.put(report.object("manifest").orElseThrow().text("id").orElseThrow(), report);
        }
        return reports;
    }

    private static List<Path> jars() throws Exception {
        try (Stream<Path> files = Files.list(ServerProcess.HOME.resolve("registry/releases"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).toList();
        }
    }
}
