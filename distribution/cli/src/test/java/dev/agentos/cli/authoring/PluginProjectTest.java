package dev.agentos.cli.authoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.cli.authoring.PluginProject.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PluginProjectTest {

    private static final Path INSTALLATION = Path.of("/opt/agentos");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyPlaceholderIsFilled(Kind kind) throws Exception {
        var files = new PluginProject("storm-" + kind, kind, "com.example.storm")
                .write(directory.resolve("new"), "9.9.9", INSTALLATION);
        assertThat(files).hasSize(kind == Kind.pack ? 10 : 9);
        for (var file : files) {
            assertThat(Files.readString(directory.resolve("new").resolve(file)))
                    .as("%s", file)
                    .isNotBlank()
                    .doesNotContainPattern("@[a-zA-Z]+@");
        }
        assertThat(Files.readString(directory.resolve("new/pom.xml")))
                .contains(
                        "<version>9.9.9</version>",
                        "<url>file:///opt/agentos/maven</url>",
                        "<agentos.home>/opt/agentos</agentos.home>")
                .contains("<plugin.id>storm-" + kind + "</plugin.id>");
        assertThat(Files.readString(directory.resolve("new/README.md"))).startsWith("# Storm " + kind + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "Weather", "9lives", "a_b", "a/../b", "a b"})
    void refusesWhatIsNoId(String id) {
        assertThatThrownBy(() -> new PluginProject(id, Kind.tool, "com.example"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a plugin id");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Com.example", "com..example", "com.example.", "com/example", "com.new.weather"})
    void refusesWhatIsNoPackage(String name) {
        assertThatThrownBy(() -> new PluginProject("weather", Kind.tool, name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a package");
    }

    @ParameterizedTest
    @CsvSource({
        "agent-pack, pack, MyAgentPack",
        "model-provider, provider, MyModelProvider",
        "switch, tool, SwitchTool",
        "weather--report-, tool, WeatherReportTool"
    })
    void namesThatAreTakenGiveProjectsThatCompile(String id, Kind kind, String type) throws Exception {
        var javaPackage = PluginProject.usualPackage(id);
        var files = new PluginProject(id, kind, javaPackage).write(directory.resolve(id), "9.9.9", INSTALLATION);
        var sources = files.stream()
                .filter(file -> file.startsWith("src/main/java"))
                .map(directory.resolve(id)::resolve)
                .toList();
        assertThat(sources).extracting(file -> file.getFileName().toString()).contains(type + ".java");
        var compiler = Optional.ofNullable(ToolProvider.getSystemJavaCompiler()).orElseThrow();
        var said = new DiagnosticCollector<JavaFileObject>();
        try (var units = compiler.getStandardFileManager(said, null, null)) {
            var options =
                    List.of("-proc:none", "-d", directory.toString(), "-cp", System.getProperty("java.class.path"));
            var compiled = compiler.getTask(
                            null, units, said, options, null, units.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(compiled).as("%s", said.getDiagnostics()).isTrue();
        }
    }

    @Test
    void aPlaceIsNamedAsAShellAndXmlTakeIt() throws Exception {
        new PluginProject("storm", Kind.tool, "com.example.storm")
                .write(directory.resolve("new"), "9.9.9", Path.of("/opt/a & b"));
        assertThat(Files.readString(directory.resolve("new/pom.xml")))
                .contains("<agentos.home>/opt/a &amp; b</agentos.home>", "<url>file:///opt/a%20&amp;%20b/maven</url>");
        assertThat(PluginProject.next(Path.of("my plugins/it's")))
                .last()
                .asString()
                .contains("plugin dev 'my plugins/it'\\''s' ");
        assertThat(PluginProject.next(Path.of("storm"))).last().asString().contains("plugin dev storm ");
        var file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() ->
                        new PluginProject("storm", Kind.tool, "com.example.storm").write(file, "9.9.9", INSTALLATION))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is a file");
    }

    @Test
    void whatEditorsKeepBesideAFileIsNoSource() throws Exception {
        var project = directory.resolve("new");
        new PluginProject("storm", Kind.tool, "com.example.storm").write(project, "9.9.9", INSTALLATION);
        var sources = project.resolve("src/main/java/com/example/storm");
        var resources = Files.createDirectories(project.resolve("src/main/resources"));
        var before = PluginSources.in(project);
        for (var name : List.of(
                ".StormTool.java.swp", "StormTool.java~", "#StormTool.java#", "4913", "StormTool.java___jb_tmp___")) {
            Files.writeString(sources.resolve(name), name);
            Files.writeString(resources.resolve(name), name);
        }
        Files.createSymbolicLink(sources.resolve(".#StormTool.java"), Path.of("ann@example.com.1234:5678"));
        Files.writeString(sources.resolve("notes.txt"), "No build takes it.");
        assertThat(PluginSources.in(project).sameAs(before)).isTrue();

        Files.writeString(resources.resolve("words.txt"), "storm");
        assertThat(PluginSources.in(project).sameShape(before)).isFalse();
    }

    @Test
    void aSourceThatIsNoTextIsTheCompilersMatter() throws Exception {
        var project = directory.resolve("new");
        new PluginProject("storm", Kind.tool, "com.example.storm").write(project, "9.9.9", INSTALLATION);
        var source = project.resolve("src/main/java/com/example/storm/StormTool.java");
        var before = PluginSources.in(project);
        Files.writeString(source, Files.readString(source) + "// \u00e9\n", StandardCharsets.ISO_8859_1);
        var now = PluginSources.in(project);
        assertThat(now.sameAs(before)).isFalse();
        assertThat(now.sameShape(before)).isTrue();
        assertThat(now.java()).contains(source);
    }

    /** As editors do that write beside a file and rename, and as a change of branches does. */
    @Test
    void itIsLookedAtWhileFilesComeAndGo() throws Exception {
        var project = directory.resolve("new");
        new PluginProject("storm", Kind.tool, "com.example.storm").write(project, "9.9.9", INSTALLATION);
        var sources = project.resolve("src/main/java/com/example");
        var over = new AtomicBoolean();
        var changing = CompletableFuture.runAsync(() -> {
            try {
                while (!over.get()) {
                    var gust = Files.createDirectories(sources.resolve("gust"));
                    var draft = Files.writeString(gust.resolve("draft.tmp"), "package com.example.gust;");
                    Files.move(draft, gust.resolve("Gust.java"), StandardCopyOption.REPLACE_EXISTING);
                    Files.delete(gust.resolve("Gust.java"));
                    Files.delete(gust);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            for (int n = 0; n < 2_000; n++) {
                assertThat(PluginSources.in(project).java()).anyMatch(file -> file.endsWith("StormTool.java"));
            }
        } finally {
            over.set(true);
            changing.join();
        }
    }

    @Test
    void onlyTheShapeAsksForMaven() throws Exception {
        var project = directory.resolve("new");
        new PluginProject("storm", Kind.tool, "com.example.storm").write(project, "9.9.9", INSTALLATION);
        var before = PluginSources.in(project);
        var source = project.resolve("src/main/java/com/example/storm/StormTool.java");
        var text = Files.readString(source);

        Files.writeString(source, text.replace("Counts the words", "Counts all the words"));
        var inside = PluginSources.in(project);
        assertThat(inside.sameAs(before)).isFalse();
        assertThat(inside.sameShape(before)).isTrue();

        Files.writeString(source, text.replace("import java.util.List;", "import org.slf4j.Logger;"));
        assertThat(PluginSources.in(project).sameShape(before)).isFalse();

        Files.writeString(source, text.replace("@AgentOsExtension\n", ""));
        assertThat(PluginSources.in(project).sameShape(before)).isFalse();

        Files.writeString(source, text);
        Files.writeString(project.resolve("README.md"), "# Another\n");
        assertThat(PluginSources.in(project).sameShape(before)).isFalse();

        new PluginProject("gust", Kind.tool, "com.example.gust")
                .write(directory.resolve("gust"), "9.9.9", INSTALLATION);
        var gust = PluginSources.in(directory.resolve("gust"));
        Files.writeString(directory.resolve("gust/bnd.bnd"), "AgentOS-Title: Other\n");
        assertThat(PluginSources.in(directory.resolve("gust")).sameShape(gust)).isFalse();
    }
}
