package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolResult;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins come and go under load: no call fails, and nothing of them stays. */
class ChurnTest {

    @TempDir
    private Path folder;

    private InvocationHost host;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
    }

    @AfterEach
    void close() {
        host.close();
    }

    /** Case 58. */
    @Test
    void noCallFailsWhileVersionsAreSwapped() throws Exception {
        host.install(Probe.jar("probe", "1.0.0"));
        Path[] versions = {
            Probe.jar("probe", "1.0.0").writeTo(folder),
            Probe.jar("probe", "1.1.0").writeTo(folder)
        };
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger calls = new AtomicInteger();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            callers.add(Thread.ofVirtual().start(() -> {
                while (!stop.get()) {
                    try {
                        seen.add(host.text("probe.probe", "version", ""));
                        calls.incrementAndGet();
                    } catch (RuntimeException | Error e) {
                        failures.add(e);
                    }
                }
            }));
        }
        for (int i = 1; i <= 20; i++) {
            host.plugins.done(host.plugins.service.swap("probe", PluginHost.upload(versions[i % 2])));
        }
        stop.set(true);
        for (Thread caller : callers) {
            caller.join();
        }

        assertThat(failures).isEmpty();
        assertThat(seen).containsExactlyInAnyOrder("1.0.0", "1.1.0");
        assertThat(calls.get()).isGreaterThan(100);
        System.out.println("case 58 swap-in-flight: pass calls=" + calls + " swaps=20 failures=0");
    }

    /** Case 56. */
    @Test
    void fiftyPluginsLeaveNothingBehind() throws Exception {
        Path first = Probe.jar("guest", "1.0.0").writeTo(folder);
        Path second = Probe.jar("guest", "1.1.0").writeTo(folder);
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            cycle(first, second, loaders);
        }
        collected(loaders);
        int warm = ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
        loaders.clear();

        for (int i = 0; i < 50; i++) {
            cycle(first, second, loaders);
        }

        collected(loaders);
        int end = ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
        assertThat(end - warm).as("loaded classes: %d, then %d", warm, end).isLessThan(100);
        assertThat(openFiles().filter(file -> file.contains("/plugins/") && file.contains(".jar")))
                .isEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("plugin-guest"));
        System.out.println("case 56 churn: pass cycles=50 loaded=" + warm + ".." + end + " loaders=" + loaders.size()
                + " collected");
    }

    private void cycle(Path first, Path second, List<WeakReference<ClassLoader>> loaders) {
        host.plugins.done(host.plugins.service.install(PluginHost.upload(first)));
        use(loaders);
        host.plugins.done(host.plugins.service.swap("guest", PluginHost.upload(second)));
        use(loaders);
        host.plugins.done(host.plugins.service.uninstall("guest", false));
    }

    private void use(List<WeakReference<ClassLoader>> loaders) {
        try (ExtensionHandle<Tool> handle = host.plugins
                .service
                .extensions()
                .acquire(Tool.class, "guest.probe")
                .orElseThrow()) {
            loaders.add(new WeakReference<>(handle.classLoader()));
        }
        ToolResult result =
                host.invocation.callTool(InvocationHost.scope(), "guest.probe", JsonObject.of("do", "version"));
        assertThat(result.failed()).isFalse();
    }

    private static void collected(List<WeakReference<ClassLoader>> loaders) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    System.gc();
                    assertThat(loaders.stream()
                                    .filter(loader -> loader.get() != null)
                                    .count())
                            .as("class loaders that were not collected, of %d", loaders.size())
                            .isZero();
                });
    }

    private static Stream<String> openFiles() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files
                    .map(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString();
                        } catch (java.io.IOException e) {
                            return "";
                        }
                    })
                    .toList()
                    .stream();
        }
    }
}
