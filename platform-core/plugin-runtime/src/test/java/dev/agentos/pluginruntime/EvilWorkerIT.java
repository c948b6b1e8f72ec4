package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.internal.PluginWorker;
import dev.agentos.pluginworker.IsolatedPlugin;
import dev.agentos.pluginworker.WorkerLaunch;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.EvilPlace;
import dev.agentos.testkit.EvilPlugin;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the guard stops in a process of a plugin's own: the evil plugin in one with the guard, and in one without that
 * shows that each way leads somewhere. Each of the two is to the other what another plugin's is.
 */
class EvilWorkerIT {

    /** Java refuses native code in such a process already, whatever the guard says. */
    private static final String NATIVE = "native.";

    /** What takes seconds: the ways to the server and to other plugins, and those into the platform's code. */
    private static final List<String> QUICK = List.of("apart", "machine", "classes", "libraries", "writes");

    private static final int FILES = 1_000;

    @TempDir
    private static Path folder;

    private static final List<AutoCloseable> OPEN = new ArrayList<>();
    private static Path jar;
    private static Path data;
    private static Side guarded;
    private static Side free;

    private record Side(IsolatedPlugin plugin, JsonObject place, boolean guarded) {}

    @BeforeAll
    static void build() throws Exception {
        jar = EvilPlugin.asking("evil", "1.0.0", EvilPluginIT.jackson()).writeTo(folder);
        data = Files.createTempDirectory(folder, "data").toRealPath();
        Files.writeString(data.resolve("secret.key"), "secret");
        CompletableFuture<Side> other =
                CompletableFuture.supplyAsync(() -> side(false), Executors.newVirtualThreadPerTaskExecutor());
        guarded = side(true);
        free = other.join();
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable one : OPEN) {
            one.close();
        }
        OPEN.clear();
        await().until(() -> ProcessHandle.current()
                .children()
                .noneMatch(child -> child.info()
                        .commandLine()
                        .filter(line -> line.contains("EvilWorkerMain"))
                        .isPresent()));
    }

    @Test
    void noWayLeadsOutOfTheProcessOfAPlugin() {
        QUICK.forEach(EvilWorkerIT::compared);
    }

    @Test
    void noWayEndsTheProcess() {
        assertThat(tried(guarded, "exits"))
                .hasSize(6)
                .allSatisfy((probe, outcome) -> assertThat(outcome).startsWith("DENIED"));
        assertThat(guarded.plugin().pid()).isPresent();
    }

    private static void compared(String part) {
        CompletableFuture<Map<String, String>> control =
                CompletableFuture.supplyAsync(() -> tried(free, part), Executors.newVirtualThreadPerTaskExecutor());
        Map<String, String> with = tried(guarded, part);
        Map<String, String> without = control.join();
        assertThat(with.keySet()).isEqualTo(without.keySet());
        assertThat(without.entrySet().stream()
                        .filter(probe -> !probe.getKey().startsWith(NATIVE))
                        .filter(probe -> !probe.getKey().startsWith("guard."))
                        .filter(probe -> !probe.getValue().equals("DONE")))
                .as("ways of part %s that show nothing, because they fail without a guard too", part)
                .isEmpty();
        assertThat(with.entrySet().stream()
                        .filter(probe -> !EvilPluginIT.isAllowed(probe.getKey()))
                        .filter(probe -> !probe.getKey().startsWith(NATIVE)
                                || probe.getValue().equals("DONE"))
                        .filter(probe -> !probe.getValue().equals("DENIED")
                                && !probe.getValue().equals("NOTHING")
                                && !probe.getValue().contains(" not found by evil ")))
                .as("ways of part %s that lead out", part)
                .isEmpty();
        assertThat(with.entrySet().stream()
                        .filter(probe -> EvilPluginIT.isAllowed(probe.getKey()))
                        .filter(probe -> !probe.getValue().equals("DONE")))
                .as("acts of part %s that were refused although they are granted or need no grant", part)
                .isEmpty();
    }

    private static Map<String, String> tried(Side side, String part) {
        Side other = side.guarded() ? free : guarded;
        JsonObject arguments = side.place()
                .with("part", part)
                .with("unguarded", !side.guarded())
                .with("server", ProcessHandle.current().pid())
                .with("other", other.plugin().pid().orElseThrow())
                .with("data", data.toString());
        Tool tool = (Tool) side.plugin().extensions().getFirst();
        JsonObject output =
                (JsonObject) tool.call(arguments, FakeCallContext.create()).output();
        Map<String, String> outcomes = new LinkedHashMap<>();
        texts(output, "stopped").forEach(probe -> outcomes.put(probe, "DENIED"));
        texts(output, "other").forEach(line -> {
            int tab = line.indexOf('\t');
            outcomes.put(line.substring(0, tab), line.substring(tab + 1));
        });
        assertThat(outcomes).as("what was tried of %s: %s", part, output).isNotEmpty();
        return outcomes;
    }

    private static Stream<String> texts(JsonObject outcome, String member) {
        return outcome.array(member).orElse(JsonArray.EMPTY).items().stream().map(text -> ((JsonString) text).value());
    }

    private static Side side(boolean guard) {
        try {
            String id = guard ? "evil" : "free";
            PluginFolders folders = PluginFolders.of(data, id, "");
            Path outside =
                    Files.createDirectories(data.resolve("outside-" + id)).toRealPath();
            Path inside = folders.data();
            Files.createSymbolicLink(inside.resolve("out-link"), outside);
            Files.createSymbolicLink(inside.resolve("dangling"), outside.resolve("dangled"));
            ServerSocket forbidden = opened(EvilPlace.serve());
            ServerSocket granted = opened(EvilPlace.serve());
            listening(outside);
            listening(inside);
            WorkerLaunch launch = new WorkerLaunch(
                    id,
                    EvilWorkerMain.class.getName(),
                    guard ? Optional.of(EvilPluginIT.guard()) : Optional.empty(),
                    256,
                    data.resolve("cache/workers"),
                    folders.temporary(),
                    Map.of(
                            "PATH",
                            "/bin",
                            EvilWorkerMain.FOLDERS,
                            outside + ":" + inside,
                            EvilWorkerMain.FILES,
                            String.valueOf(FILES)));
            PluginWorker.Order order = new PluginWorker.Order(
                    new PluginVersion("evil", "1.0.0", PluginFiles.sha512(jar)),
                    jar,
                    EvilMain.everyClass(jar),
                    EvilMain.grants(granted.getLocalPort()),
                    folders,
                    data.resolve("cache"),
                    JsonObject.EMPTY,
                    guard);
            IsolatedPlugin plugin = opened(new IsolatedPlugin(
                    launch,
                    order.toJson(),
                    Duration.ofSeconds(60),
                    InstantSource.system(),
                    new IsolatedPlugin.Host(FakePluginContext.of("evil"), (level, text) -> {}, why -> {})));
            return new Side(
                    plugin,
                    JsonObject.of(
                            "outside", outside.toString(),
                            "forbidden", forbidden.getLocalPort(),
                            "inside", inside.toString(),
                            "granted", granted.getLocalPort()),
                    guard);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void listening(Path place) throws IOException {
        opened(ServerSocketChannel.open(StandardProtocolFamily.UNIX))
                .bind(UnixDomainSocketAddress.of(place.resolve("socket")));
    }

    private static synchronized <T extends AutoCloseable> T opened(T one) {
        OPEN.addFirst(one);
        return one;
    }
}
