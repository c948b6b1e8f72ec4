package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.pluginruntime.internal.ClassSpace;
import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.internal.Sandbox;
import dev.agentos.pluginruntime.internal.SharedPackages;
import dev.agentos.spi.AgentOsException;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plugin links comes from the host, from itself, and from plugins that it depends on. */
class DeclaredWiresTest {

    @TempDir
    private Path folder;

    private ClassSpace host;

    @BeforeEach
    void open() {
        host = new ClassSpace(folder.resolve("cache"));
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void aPackageOfAnotherPluginNeedsADependencyOnIt() throws IOException {
        opened(lender("lending", "lent"));
        opened(lender("other", "elsewhere"));

        assertThat(links(importer("linking", "lent").dependsOn("lending")))
                .containsExactly(new ClassSpace.Link("lent", "lending"));
        SyntheticJar undeclared = importer("taking", "lent").dependsOn("other");
        assertThat(links(undeclared)).isEmpty();
        assertThatThrownBy(() -> opened(undeclared))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("taking 1.0.0 cannot be loaded")
                .hasMessageContaining("lent");
    }

    @Test
    void whatTheHostOffersComesFromNoPlugin() throws Exception {
        ClassSpace.Space offering =
                opened(lender("offering", "org.slf4j;version=9,com.fasterxml.jackson.core;version=9")
                        .source("org.slf4j.Logger", "package org.slf4j; public interface Logger {}"));

        SyntheticJar using =
                importer("using", "org.slf4j,com.fasterxml.jackson.core").dependsOn("offering");
        assertThat(links(using)).isEmpty();
        assertThat(opened(using).loader().loadClass("org.slf4j.Logger")).isSameAs(org.slf4j.Logger.class);
        assertThat(offering.loader()).isNotNull();
    }

    @Test
    void aPluginUsesWhatItOffersItself() throws IOException {
        assertThat(opened(lender("both", "lent").header("Import-Package", "dev.agentos.spi,lent"))
                        .loader())
                .isNotNull();
    }

    private static SyntheticJar lender(String id, String exports) {
        return SyntheticJar.plugin(id, "1.0.0").header("Export-Package", exports);
    }

    private static SyntheticJar importer(String id, String imports) {
        return SyntheticJar.plugin(id, "1.0.0").header("Import-Package", "dev.agentos.spi," + imports);
    }

    private List<ClassSpace.Link> links(SyntheticJar jar) throws IOException {
        Path file = jar.writeTo(folder);
        return host.links(version(file), file);
    }

    private ClassSpace.Space opened(SyntheticJar jar) throws IOException {
        Path file = jar.writeTo(folder);
        Sandbox sandbox = new Sandbox(SharedPackages.names());
        PluginFolders folders = PluginFolders.of(folder, "any", "");
        return host.open(
                version(file),
                file,
                Set.of(),
                loader -> sandbox.confine("any", loader, List.of(), folders, (id, act, at) -> {}));
    }

    private static PluginVersion version(Path file) throws IOException {
        String name = file.getFileName().toString();
        return new PluginVersion(name.substring(0, name.indexOf('-')), "1.0.0", PluginFiles.sha512(file));
    }
}
