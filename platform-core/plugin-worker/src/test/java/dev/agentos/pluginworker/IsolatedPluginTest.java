package dev.agentos.pluginworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.HttpListener;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When the process of a plugin ends and is started again. */
@Timeout(180)
class IsolatedPluginTest {

    /** Less than a process may take to be ready. */
    private static final int SECONDS = 30;

    @TempDir
    private Path folder;

    private Path marks;

    @BeforeEach
    void prepare() throws IOException {
        marks = Files.createDirectories(folder.resolve("marks"));
    }

    private IsolatedPlugin start(String talk) {
        WorkerLaunch launch = new WorkerLaunch(
                talk,
                Talk.class.getName(),
                Optional.empty(),
                64,
                folder.resolve("workers"),
                folder,
                Map.of(Talk.MARKS, marks.toString()));
        RemotePluginContext context = new RemotePluginContext(
                new Asking(new Channel(InputStream.nullInputStream(), OutputStream.nullOutputStream())),
                new RemotePluginContext.Lent(talk, "1.0.0", folder, folder, new NoHttp()),
                HostAnswers.STARTED,
                JsonObject.EMPTY);
        return new IsolatedPlugin(
                launch,
                JsonObject.EMPTY,
                Duration.ofSeconds(60),
                InstantSource.system(),
                new IsolatedPlugin.Host(context, (level, text) -> {}, why -> {}));
    }

    private static final class NoHttp implements HttpAccess {
        @Override
        public HttpResponse send(HttpRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public HttpResponse send(HttpRequest request, HttpListener listener) {
            throw new UnsupportedOperationException();
        }
    }

    /** The processes that have begun so far. */
    private List<Long> begun() throws IOException {
        try (Stream<Path> found = Files.list(marks)) {
            return found.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("pid-"))
                    .map(name -> Long.valueOf(name.substring("pid-".length())))
                    .toList();
        }
    }

    /** Has the process die, and waits for the next one, which stalls. */
    private long stalled(IsolatedPlugin plugin) throws Exception {
        long first = plugin.pid().orElseThrow();
        Files.createFile(marks.resolve(Talk.STALL));
        assertThatThrownBy(plugin::stop).isInstanceOf(AgentOsException.class);
        while (begun().size() < 2) {
            Thread.sleep(10);
        }
        return begun().stream().filter(pid -> pid != first).findFirst().orElseThrow();
    }

    private static void ends(long pid) throws Exception {
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        if (process.isPresent()) {
            process.get().onExit().get(SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void whatIsClosedWhileItIsBeingStartedAgainEnds() throws Exception {
        IsolatedPlugin plugin = start("offers-nothing");
        long next = stalled(plugin);

        plugin.close();

        ends(next);
    }

    @Test
    void whatRestsWhileItIsBeingStartedAgainEndsAndComesBack() throws Exception {
        try (IsolatedPlugin plugin = start("offers-nothing")) {
            long next = stalled(plugin);

            plugin.rest(true);

            ends(next);
            assertThat(plugin.pid()).isEmpty();
            Files.delete(marks.resolve(Talk.STALL));
            plugin.rest(false);
            while (plugin.pid().isEmpty()) {
                Thread.sleep(10);
            }
            assertThat(begun()).hasSize(3);
        }
    }

    @Test
    void aProcessThatOffersNonsenseEnds() throws Exception {
        assertThatThrownBy(() -> start("offers-nonsense")).isInstanceOf(RuntimeException.class);

        ends(begun().getFirst());
    }
}
