package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.agentos.pluginruntime.logs.LibraryLines;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.pluginruntime.logs.PluginLogs.Line;
import dev.agentos.pluginruntime.logs.PluginLogs.Source;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.SyntheticJar;
import java.lang.System.Logger.Level;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What libraries inside of plugins write with SLF4J stands in the log of the plugin that they are in. */
class LibraryLinesTest extends HostedTest {

    private static final String CLIENT = """
        package library;

        import java.util.List;
        import org.slf4j.*;

        public final class Client {
            private static final Logger LOG = LoggerFactory.getLogger(Client.class);

            public static void work(String who) throws Exception {
                LOG.debug("nothing of {}", who);
                LOG.info("{} asks with Authorization: Bearer abcdef0123456789abcdef0123456789", who);
                List.of("for " + who).forEach(LOG::warn);
                LOG.error("broken by " + who, new IllegalStateException("quite"));
                Thread other = new Thread(() -> LOG.info("{} elsewhere", who));
                other.start();
                other.join();
            }
        }
        """;

    private final Logger library = (Logger) LoggerFactory.getLogger("library");
    private final Appender appender = new Appender();

    /** As the server's, which is made of the same parts. */
    private static final class Appender extends UnsynchronizedAppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            LibraryLines.heard(
                    Level.valueOf(event.getLevel().levelStr.replace("WARN", "WARNING")),
                    () -> event.getLoggerName() + ": " + event.getFormattedMessage());
        }
    }

    @BeforeEach
    void listen() {
        appender.start();
        library.setLevel(ch.qos.logback.classic.Level.DEBUG);
        library.setAdditive(false);
        library.addAppender(appender);
    }

    @AfterEach
    void listenNoMore() {
        library.detachAppender(appender);
    }

    private void install(String id) throws URISyntaxException {
        Path slf4j = Path.of(LoggerFactory.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        SyntheticJar inner = SyntheticJar.empty().compiledAgainst(slf4j).source("library.Client", CLIENT);
        Path compiled = inner.writeTo(folder, "client.jar");
        Path jar = SyntheticJar.plugin(id, "1.0.0")
                .header("Import-Package", "dev.agentos.spi;version=\"[1.0,2)\",org.slf4j;version=\"[2.0,3)\"")
                .compiledAgainst(compiled)
                .compiledAgainst(slf4j)
                .nested("lib/client.jar", inner)
                .extension("synthetic.Talker", SyntheticSources.tool("Talker", id + ".say", "", """
                    try {
                        library.Client.work("%s");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    return ToolResult.of(new JsonString("said"));
                    """.formatted(id)))
                .writeTo(folder);
        host.done(host.service.install(PluginHost.upload(jar)));
    }

    private void call(String tool) {
        try (ExtensionHandle<Tool> handle =
                host.service.extensions().acquire(Tool.class, tool).orElseThrow()) {
            handle.extension().call(JsonObject.EMPTY, FakeCallContext.create());
        }
    }

    private List<Line> own(String plugin) {
        return host.service.log(plugin).find(new PluginLogs.Query(Level.ALL, 0, Long.MAX_VALUE, 1_000)).items().stream()
                .filter(line -> line.source() == Source.PLUGIN)
                .toList()
                .reversed();
    }

    @Test
    void eachPluginHasTheLinesOfItsOwnLibrary() throws URISyntaxException {
        install("first");
        install("second");
        call("second.say");

        assertThat(own("first")).isEmpty();
        assertThat(own("second"))
                .extracting(Line::level)
                .containsExactly(Level.INFO, Level.WARNING, Level.ERROR, Level.INFO);
        assertThat(own("second"))
                .extracting(Line::message)
                .allMatch(text -> text.startsWith("library.Client: "))
                .noneMatch(text -> text.contains("abcdef0123456789"))
                .contains("library.Client: for second", "library.Client: second elsewhere");
        assertThat(own("second")).allMatch(line -> line.version().equals("1.0.0"));

        call("first.say");
        assertThat(own("first")).hasSize(4).allMatch(line -> line.message().contains("first"));
        assertThat(own("second")).hasSize(4);
    }

    @Test
    void whatTheHostWritesIsNoPlugins() throws URISyntaxException {
        install("first");
        library.warn("the host is the one who speaks");
        call("first.say");
        host.done(host.service.uninstall("first", false));
        install("first");
        assertThat(own("first")).isEmpty();
    }
}
