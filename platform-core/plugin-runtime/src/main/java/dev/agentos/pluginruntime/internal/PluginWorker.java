package dev.agentos.pluginruntime.internal;

import dev.agentos.guard.Guard;
import dev.agentos.outbound.Names;
import dev.agentos.outbound.OutboundHttp;
import dev.agentos.pluginruntime.GrantedPermissions;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.pluginruntime.logs.LibraryLines;
import dev.agentos.pluginworker.WorkerEnd;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PluginContext;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The program of a plugin's own process: the same class space, verified classes and guard as in the server's. */
public final class PluginWorker {

    private static final Logger LOG = LoggerFactory.getLogger(PluginWorker.class);

    static {
        // Its requests are checked by the plugin's grants.
        Guard.trust(OutboundHttp.class);
    }

    private PluginWorker() {}

    /**
     * What the server orders a process to load.
     *
     * @param plugin the version
     * @param file its JAR
     * @param classes the digests of the classes that it may define
     * @param permissions what is granted
     * @param folders its own folders
     * @param guardCache where arming the guard keeps what it has made, which the server has done already
     * @param configuration the administrator's
     * @param guarded whether the guard has to be there
     */
    public record Order(
            PluginVersion plugin,
            Path file,
            Set<String> classes,
            List<Permission> permissions,
            PluginFolders folders,
            Path guardCache,
            JsonObject configuration,
            boolean guarded) {

        /** As it is sent. */
        public JsonObject toJson() {
            return JsonObject.of(
                    "plugin", plugin.plugin(),
                    "version", plugin.version(),
                    "sha512", plugin.sha512(),
                    "file", file.toString(),
                    "classes", classes,
                    "permissions",
                            permissions.stream().map(Permission::toString).toList(),
                    "data", folders.data().toString(),
                    "temporary", folders.temporary().toString(),
                    "guardCache", guardCache.toString(),
                    "configuration", configuration,
                    "guarded", guarded);
        }

        private static Order of(JsonObject json) {
            return new Order(
                    new PluginVersion(text(json, "plugin"), text(json, "version"), text(json, "sha512")),
                    Path.of(text(json, "file")),
                    new HashSet<>(texts(json, "classes").toList()),
                    texts(json, "permissions").map(Permission::parse).toList(),
                    new PluginFolders(Path.of(text(json, "data")), Path.of(text(json, "temporary"))),
                    Path.of(text(json, "guardCache")),
                    json.object("configuration").orElseThrow(),
                    json.bool("guarded").orElseThrow());
        }

        private static String text(JsonObject json, String name) {
            return json.text(name).orElseThrow();
        }

        private static Stream<String> texts(JsonObject json, String name) {
            return json.array(name).orElse(JsonArray.EMPTY).items().stream().map(item -> ((JsonString) item).value());
        }
    }

    /** Serves the server that has started this process, over its standard streams. */
    public static void main(String[] arguments) {
        InputStream in = new FileInputStream(FileDescriptor.in);
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        // What a library prints must not come between the messages.
        System.setOut(System.err);
        WorkerEnd.serve(in, out, (order, lending) -> load(Order.of(order), lending));
    }

    private static WorkerEnd.Loaded load(Order order, WorkerEnd.Lending lending) throws ReflectiveOperationException {
        PluginVersion plugin = order.plugin();
        if (order.guarded() && !Sandbox.isGuarded()) {
            throw new IllegalStateException("The guard is not in the process of the plugin");
        }
        Guard.keepIn(order.guardCache());
        GrantedPermissions grants = new GrantedPermissions(plugin, order.permissions());
        grants.onDenial(act -> lending.refused(refusal(act.toString(), "the host")));
        ClassSpace classSpace = new ClassSpace(Path.of("").toAbsolutePath().resolve("classes"));
        Sandbox sandbox = new Sandbox(SharedPackages.names());
        ClassSpace.Space space = classSpace.open(
                plugin,
                order.file(),
                order.classes(),
                loader -> sandbox.confine(
                        plugin.plugin(),
                        loader,
                        order.permissions(),
                        order.folders(),
                        (id, permission, sink) -> lending.refused(refusal(permission, sink))));
        LibraryLines.follow(space.loader(), lending::line);
        PluginContext context = lending.context(
                plugin.plugin(),
                plugin.version(),
                order.folders().data(),
                order.folders().temporary(),
                order.configuration(),
                new OutboundHttp(grants, Names.SYSTEM, () -> (SSLSocketFactory) SSLSocketFactory.getDefault()));
        AuthorModel model = new AuthorModel(order.file(), space.loader());
        List<ExtensionPoint> started = new ArrayList<>();
        Thread.currentThread().setContextClassLoader(space.loader());
        lending.begin();
        StartedExtensions.start(plugin, model.extensionClassNames(), space.loader(), context, started);
        return new Started(List.copyOf(started), space, grants, model);
    }

    private static String refusal(String permission, String where) {
        // In the middle of a check nothing may have to be linked, as the usual way would.
        return new StringBuilder("Denied '")
                .append(permission)
                .append("' at ")
                .append(where)
                .append("; further denials of it are counted")
                .toString();
    }

    /** The plugin that this process is for; it ends with the process. */
    private record Started(
            List<ExtensionPoint> extensions, ClassSpace.Space space, GrantedPermissions grants, AuthorModel model)
            implements WorkerEnd.Loaded {
        @Override
        public ClassLoader classLoader() {
            return space.loader();
        }

        @Override
        public List<WorkerEnd.Denied> denials() {
            return Stream.concat(
                            space.confinement().denials().stream()
                                    .map(one -> new WorkerEnd.Denied(one.permission(), one.sink(), one.count())),
                            grants.denials().stream()
                                    .map(one -> new WorkerEnd.Denied(one.permission(), one.at(), one.count())))
                    .toList();
        }

        @Override
        public void stop() {
            for (ExtensionPoint extension : extensions.reversed()) {
                try {
                    extension.stop();
                } catch (RuntimeException | LinkageError e) {
                    LOG.warn(
                            "Extension {} did not stop in order",
                            extension.getClass().getName(),
                            e);
                }
            }
        }
    }
}
