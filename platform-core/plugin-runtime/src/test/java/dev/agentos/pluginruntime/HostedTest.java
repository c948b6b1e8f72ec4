package dev.agentos.pluginruntime;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test with a host of its own, which it may start again. */
abstract class HostedTest {

    @TempDir
    Path folder;

    PluginHost host;

    @BeforeEach
    void open() {
        host = new PluginHost(folder.resolve("data"));
    }

    @AfterEach
    void close() {
        host.close();
    }
}
