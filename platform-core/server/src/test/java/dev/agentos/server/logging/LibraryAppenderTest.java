package dev.agentos.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.pluginruntime.logs.LibraryLines;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.pluginruntime.logs.PluginLogs.Line;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** The server's own configuration of the log tells plugins' logs what their classes write. */
class LibraryAppenderTest {

    /** What a plugin brings along; loaded once more by a loader of its own, as a plugin's classes are. */
    public static final class Library implements Runnable {

        @Override
        public void run() {
            org.slf4j.Logger own = LoggerFactory.getLogger("library.http.Client");
            own.debug("nobody asked");
            own.info("sent {}", "Bearer abcdefghijklmnopqrstuvwxyz");
            own.error("broken", new IllegalStateException("quite"));
            Logger.getLogger("library.old.Client").warning("by the JDK's logging");
        }
    }

    /** It says of itself that it is every other loader. */
    private static final class Loader extends ClassLoader {

        @Override
        public boolean equals(Object other) {
            return other instanceof ClassLoader;
        }

        @Override
        public int hashCode() {
            return 1;
        }

        Loader(ClassLoader parent) {
            super(parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Library.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (InputStream in = Optional.ofNullable(getResourceAsStream(name.replace('.', '/') + ".class"))
                    .orElseThrow()) {
                byte[] file = in.readAllBytes();
                return defineClass(name, file, 0, file.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Test
    void linesOfAPluginsLibrariesComeIntoItsLogAndTheHostsDoNot() throws ReflectiveOperationException {
        PluginLogs logs = new PluginLogs(ScrubbedLayout::scrubbed, InstantSource.system());
        ClassLoader plugin = new Loader(LibraryAppenderTest.class.getClassLoader());
        LibraryLines.follow(new Loader(plugin), "1.0.0", logs.of("other"));
        LibraryLines.follow(plugin, "1.0.0", logs.of("weather"));
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        try {
            Runnable library = (Runnable) Class.forName(Library.class.getName(), true, plugin)
                    .getConstructor()
                    .newInstance();
            library.run();
            new Library().run();
        } finally {
            SLF4JBridgeHandler.uninstall();
        }
        List<Line> lines = logs.of("weather")
                .find(new PluginLogs.Query(Level.ALL, 0, Long.MAX_VALUE, 10))
                .items()
                .reversed();
        assertThat(logs.of("other")
                        .find(new PluginLogs.Query(Level.ALL, 0, Long.MAX_VALUE, 10))
                        .items())
                .isEmpty();
        assertThat(lines).extracting(Line::level).containsExactly(Level.INFO, Level.ERROR, Level.WARNING);
        assertThat(lines)
                .extracting(Line::message)
                .containsExactly(
                        "Client: sent [bearer-token]",
                        "Client: broken: java.lang.IllegalStateException: quite",
                        "Client: by the JDK's logging");
    }
}
