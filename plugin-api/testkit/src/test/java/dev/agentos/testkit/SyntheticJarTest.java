package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Tool;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.jar.JarFile;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticJarTest {

    @TempDir
    private Path folder;

    @Test
    void aToolPluginLoadsAndAnswers() throws Exception {
        Path jar = SyntheticJar.toolPlugin("echo", "1.2.0", "echo.say", "a \"quoted\" \\ answer")
                .writeTo(folder);

        assertThat(jar).hasFileName("echo-1.2.0.jar");
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, Tool.class.getClassLoader())) {
            Tool tool = (Tool)
                    loader.loadClass("synthetic.AnsweringTool").getConstructor().newInstance();
            assertThat(tool.description().name()).isEqualTo("echo.say");
            assertThat(tool.call(JsonObject.EMPTY, FakeCallContext.create()).output())
                    .isEqualTo(new JsonString("a \"quoted\" \\ answer"));
        }
    }

    @Test
    void headersAreWrittenAndLongOnesSurvive() throws Exception {
        PermissionRequest request = new PermissionRequest(
                Permission.parse("net.connect api.example.com:443"),
                "a reason that is longer than one line".repeat(4),
                true);
        Path jar = SyntheticJar.plugin("p", "1.0.0")
                .permissions(request)
                .dependsOn("other@>=0.1.0")
                .withoutHeader("AgentOS-Title")
                .writeTo(folder);

        try (JarFile file = new JarFile(jar.toFile())) {
            var attributes = file.getManifest().getMainAttributes();
            assertThat(attributes.getValue("Plugin-Id")).isEqualTo("p");
            assertThat(attributes.getValue("AgentOS-Title")).isNull();
            assertThat(PermissionRequest.parseHeader(attributes.getValue(PermissionRequest.HEADER)))
                    .containsExactly(request);
        }
    }

    @Test
    void theSamePartsGiveTheSameBytes() {
        assertThat(SyntheticJar.toolPlugin("a", "1.0.0", "a.b", "c").bytes())
                .isEqualTo(SyntheticJar.toolPlugin("a", "1.0.0", "a.b", "c").bytes());
    }

    @Test
    void brokenJarsAreBroken() throws Exception {
        byte[] whole =
                SyntheticJar.plugin("p", "1.0.0").entry("../../evil.txt", "x").bytes();

        Path slip = SyntheticJar.write(folder.resolve("slip.jar"), whole);
        try (ZipFile zip = new ZipFile(slip.toFile())) {
            assertThat(zip.getEntry("../../evil.txt")).isNotNull();
        }
        Path half = SyntheticJar.write(folder.resolve("half.jar"), SyntheticJar.truncated(whole));
        assertThatThrownBy(() -> new ZipFile(half.toFile()).close()).isInstanceOf(ZipException.class);
        Path html = SyntheticJar.write(folder.resolve("html.jar"), SyntheticJar.notAnArchive());
        assertThatThrownBy(() -> new ZipFile(html.toFile()).close()).isInstanceOf(ZipException.class);
        Path bare = SyntheticJar.plugin("p", "1.0.0")
                .withoutManifest()
                .entry("a", "b")
                .writeTo(folder);
        try (JarFile jar = new JarFile(bare.toFile())) {
            assertThat(jar.getManifest()).isNull();
        }
    }

    @Test
    void anEntryCanBeDuplicated() throws Exception {
        byte[] twice = SyntheticJar.duplicating(
                SyntheticJar.empty().entry("a.txt", "1").entry("b.txt", "2").bytes(), "b.txt", "a.txt");
        Path jar = SyntheticJar.write(folder.resolve("twice.jar"), twice);
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            assertThat(zip.stream().filter(entry -> entry.getName().equals("a.txt")))
                    .hasSize(2);
        }
    }

    @Test
    void nestedJarsAreOnTheClassPathOfTheBundle() throws Exception {
        SyntheticJar inner = SyntheticJar.empty().source("lib.Inner", "package lib; public class Inner {}");
        Path jar =
                SyntheticJar.plugin("p", "1.0.0").nested("lib/inner.jar", inner).writeTo(folder);
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.getManifest().getMainAttributes().getValue("Bundle-ClassPath"))
                    .isEqualTo(".,lib/inner.jar");
            assertThat(file.getEntry("lib/inner.jar").getSize()).isPositive();
        }
    }

    @Test
    void aSourceThatDoesNotCompileSaysWhy() {
        SyntheticJar jar = SyntheticJar.plugin("p", "1.0.0").source("a.B", "package a; class B { int x = y; }");
        assertThatThrownBy(jar::bytes).isInstanceOf(IllegalStateException.class).hasMessageContaining("y");
    }
}
