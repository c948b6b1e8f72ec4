package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Window;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Operations;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginSettings;
import dev.agentos.pluginruntime.ReleaseSource;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.PermissionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntToLongFunction;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * The work of the guard's benchmark, the same in a process with the guard and in one without: {@code GuardWork folder
 * batches size}. Prints each case with the ns that one piece of it takes.
 */
public final class GuardWork {

    private static final long POLL_MILLIS = 5;

    private final int batches;
    private final int size;

    private GuardWork(int batches, int size) {
        this.batches = batches;
        this.size = size;
    }

    /** Loads the plugin and measures. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        var folder = Path.of(arguments[0]);
        new GuardWork(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2])).run(folder);
        System.out.flush();
        // What is left are threads of the pools, which nobody waits for.
        Runtime.getRuntime().halt(0);
    }

    private void run(Path folder) throws IOException, InterruptedException {
        var stores = new MemoryPlugins();
        var clock = InstantSource.system();
        var data = folder.resolve("data");
        var operations = new Operations(OperationStore.inMemory(), Ids.system(), clock);
        var plugins = new PluginService(
                PluginSettings.of(data, true, true),
                new PluginService.Stores(stores, stores.publishers()),
                offer -> List.of(),
                ReleaseSource.NONE,
                name -> Optional.empty(),
                new PluginService.Platform(
                        operations,
                        new ServerMetrics(),
                        new Policies(new MemoryPolicyStore(), clock),
                        new Approvals(new MemoryApprovalStore(), Ids.system(), clock),
                        clock,
                        text -> text,
                        Failpoints.NONE));
        plugins.start();
        var installed = plugins.install(new InstallRequest(new InstallRequest.Upload(jar(folder)), Consent.ALL));
        await(operations, installed.id());
        var calls = new Invocation(
                plugins.extensions(),
                new HostCapabilities(stores, TenantPlugins.inMemory(plugins), data.resolve("workspaces"), clock),
                List.of(),
                call -> {});
        var scope = new CallScope(
                CallScope.Subject.of("tnt_bench"),
                clock.instant().plus(Duration.ofHours(1)),
                () -> false,
                "key",
                JsonObject.EMPTY,
                (name, event) -> {});
        var file = Files.writeString(folder.resolve("file.txt"), "text").toString();
        print("host-stream", size, count -> GuardProbe.nanos(file, count, true));
        print("host-path", size, count -> GuardProbe.nanos(file, count, false));
        print("plugin-stream", size, count -> opened(calls, scope, count, true));
        print("plugin-path", size, count -> opened(calls, scope, count, false));
        var nothing = JsonObject.of(GuardProbe.OPENS, 0);
        print("tool-call", size, timed(() -> calls.callTool(scope, GuardProbe.TOOL, nothing)));
        var request =
                new ChatRequest(GuardProbe.MODEL, List.of(Message.User.of("Hello")), List.of(), ChatOptions.DEFAULTS);
        print("model-call", size, timed(() -> calls.chat(scope, request, text -> {})));
    }

    private static long opened(Invocation calls, CallScope scope, int count, boolean stream) {
        var arguments = JsonObject.of(GuardProbe.OPENS, count, GuardProbe.STREAM, stream);
        return ((JsonNumber) calls.callTool(scope, GuardProbe.TOOL, arguments).output())
                .value()
                .longValue();
    }

    private static IntToLongFunction timed(Runnable call) {
        return count -> {
            var began = System.nanoTime();
            for (var i = 0; i < count; i++) {
                call.run();
            }
            return System.nanoTime() - began;
        };
    }

    /** The first half of the batches is for the compiler. */
    private void print(String name, int count, IntToLongFunction work) {
        var times = new double[batches];
        for (var i = 0; i < 2 * batches; i++) {
            times[i % batches] = (double) work.applyAsLong(count) / count;
        }
        System.out.printf(Locale.ROOT, "%s\t%.1f%n", name, Window.median(times));
    }

    private static void await(Operations operations, String id) throws InterruptedException {
        while (true) {
            var operation = operations.find(id).orElseThrow();
            if (operation.state().terminal()) {
                if (operation.state() != Operation.State.SUCCEEDED) {
                    throw new IllegalStateException("The plugin is not there: " + operation);
                }
                return;
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The plugin: one class of this program, and a manifest. */
    private static Path jar(Path folder) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        Map.ofEntries(
                        Map.entry("Bundle-ManifestVersion", "2"),
                        Map.entry("Bundle-SymbolicName", "guard-probe"),
                        Map.entry("Bundle-Version", "1.0.0"),
                        Map.entry("Bundle-Name", "guard-probe"),
                        Map.entry("Import-Package", "dev.agentos.spi;version=\"[1.0,2)\""),
                        Map.entry("Plugin-Id", "guard-probe"),
                        Map.entry("Plugin-Version", "1.0.0"),
                        Map.entry("Plugin-Requires", ">=0.1.0"),
                        Map.entry("Plugin-Description", "The plugin of the guard's benchmark."),
                        Map.entry("Plugin-Provider", "AgentOS"),
                        Map.entry("AgentOS-Plugin-Kind", "tool"),
                        Map.entry("AgentOS-Title", "Probe"),
                        Map.entry(
                                PermissionRequest.HEADER,
                                "fs.read;target=\"${data}/**\",fs.write;target=\"${data}/**\""))
                .forEach((name, value) -> manifest.getMainAttributes().putValue(name, value));
        var jar = folder.resolve("guard-probe.jar");
        var type = GuardProbe.class.getName().replace('.', '/') + ".class";
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream in = Objects.requireNonNull(GuardProbe.class.getResourceAsStream("GuardProbe.class"))) {
            out.putNextEntry(new ZipEntry("META-INF/extensions.idx"));
            out.write(GuardProbe.class.getName().getBytes(StandardCharsets.UTF_8));
            out.putNextEntry(new ZipEntry(type));
            in.transferTo(out);
        }
        return jar;
    }
}
