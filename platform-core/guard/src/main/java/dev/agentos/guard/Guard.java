package dev.agentos.guard;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The guard of this process. Without the agent it is absent: nothing is checked, and whoever loads plugins has to
 * decide what to do then.
 */
public final class Guard {

    private static @Nullable Installed installed;
    private static @Nullable IllegalStateException failure;
    private static @Nullable Path cache;
    private static final Set<Class<?>> WOVEN = new HashSet<>();

    private static final Sink LINKING =
            new Sink("java.lang.ClassLoader.loadClass", Rule.CLASS_LINK, Refusal.CLASS_NOT_FOUND);

    /** What changes a shared library for all who use it. */
    private static final Sink SETTINGS = new Sink("overrideDefault", Rule.JVM_GLOBAL, Refusal.SECURITY);

    private static final Set<String> WITH_SETTINGS = Set.of(
            "com.fasterxml.jackson.core.StreamReadConstraints",
            "com.fasterxml.jackson.core.StreamWriteConstraints",
            "com.fasterxml.jackson.core.ErrorReportConfiguration");

    private Guard() {}

    /** An input without an end to wait for, which stays as it is whoever closes it. */
    private static final class Nothing extends InputStream {
        @Override
        public int read() {
            return -1;
        }
    }

    private record Installed(Instrumentation tool, MethodHandle openNative, List<Sink> sinks) {}

    /** Whether the agent is there. */
    public static boolean isPresent() {
        return GuardAgent.instrumentation() != null;
    }

    /** Names a folder of the host in which what arming takes long for is kept between starts. */
    public static synchronized void keepIn(Path folder) {
        cache = folder;
    }

    /**
     * Puts the checks into the JDK, once; from then on code of class loaders that nobody registered may do nothing.
     *
     * @throws IllegalStateException if the agent is absent, or this JDK lacks a method that is to be guarded; from then
     *     on always
     */
    public static synchronized void arm() {
        if (installed != null) {
            return;
        }
        if (failure != null) {
            throw new IllegalStateException(failure.getMessage(), failure);
        }
        Instrumentation tool = GuardAgent.instrumentation();
        if (tool == null) {
            throw new IllegalStateException("The guard's agent was not started with this virtual machine");
        }
        try {
            installed = install(tool);
        } catch (ReflectiveOperationException
                | IOException
                | UnmodifiableClassException
                | RuntimeException
                | LinkageError
                | InternalError e) {
            // What is in place already is so for good, and a second try would meet it.
            failure = new IllegalStateException("The guard cannot be put into this JDK: " + e, e);
            throw failure;
        }
    }

    /**
     * Sets what the code of a class loader may do; to be called before any of that code runs.
     *
     * @param loader the plugin's
     * @param plugin the plugin's name in messages
     */
    public static synchronized GuardedPlugin register(
            ClassLoader loader, String plugin, PluginPolicy policy, DenialListener listener) {
        arm();
        guardLinking(loader.getClass());
        guardSettings();
        Domain domain = new Domain(plugin, loader, policy, listener);
        Kinds.INSTANCE.add(domain);
        return new GuardedPlugin(domain);
    }

    /**
     * The plugin whose code has called the host, by whatever way, on this thread; none when only the host's own code is
     * on it, or in a process without the guard.
     */
    public static Optional<String> caller() {
        Domain plugin = isPresent() ? Callers.ofThread() : null;
        return plugin == null ? Optional.empty() : Optional.of(plugin.plugin);
    }

    /** Names the packages of the host that plugins may use as well. */
    public static void export(Set<String> packages) {
        Kinds.INSTANCE.export(packages);
    }

    /**
     * Lets classes of the host act in their own name when a plugin calls them. They must check what they are asked, and
     * must hand out nothing that acts further.
     */
    public static void trust(Class<?>... facades) {
        for (Class<?> facade : facades) {
            if (!Kinds.isHost(facade.getClassLoader())) {
                throw new IllegalArgumentException(facade + " is no class of the host");
            }
            Kinds.INSTANCE.trust(facade);
        }
    }

    /** Opens native code to code outside modules; the checks decide then which plugin may use it. */
    public static synchronized void openNativeAccess() {
        arm();
        Installed there = installed;
        try {
            if (there != null) {
                there.openNative().invoke();
            }
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static Installed install(Instrumentation tool)
            throws ReflectiveOperationException, IOException, UnmodifiableClassException {
        SinkTable table = SinkTable.load();
        Module base = Object.class.getModule();
        Set<Module> jdk = new HashSet<>();
        Map<String, Class<?>> types = new HashMap<>();
        List<String> missing = new ArrayList<>();
        for (String name : table.rows().keySet()) {
            try {
                Class<?> type = Class.forName(name, false, ClassLoader.getPlatformClassLoader());
                types.put(name, type);
                jdk.add(type.getModule());
            } catch (ClassNotFoundException e) {
                missing.add(name);
            }
        }
        jdk.remove(base);
        tool.redefineModule(
                base,
                Set.of(),
                Map.of(Bridge.PACKAGE, jdk),
                Map.of(Bridge.PACKAGE, Set.of(Guard.class.getModule())),
                Set.of(),
                Map.of());
        Class<?> inside = Class.forName("jdk.internal.misc.Unsafe");
        MethodHandles.Lookup internal = MethodHandles.privateLookupIn(inside, MethodHandles.lookup());
        StaticFields fields = StaticFields.of(internal);
        // For as long as it takes to find some fields.
        MethodHandles.Lookup all = (MethodHandles.Lookup) fields.read(MethodHandles.Lookup.class, "IMPL_LOOKUP");
        JdkFields.open(all);
        denyNativeAccess(fields);
        Class<?> bridge = Bridge.define(internal);
        Woven woven = woven(table, types, missing);
        List<ClassDefinition> definitions = new ArrayList<>();
        for (Map.Entry<String, Class<?>> entry : types.entrySet()) {
            byte[] changed = woven.classes().get(entry.getKey());
            definitions.add(new ClassDefinition(entry.getValue(), Objects.requireNonNull(changed)));
        }
        Preload.all();
        List<Sink> sinks = new ArrayList<>(woven.sinks());
        sinks.add(LINKING);
        sinks.add(SETTINGS);
        Checkpoint.arm(sinks, bridge);
        tool.redefineClasses(definitions.toArray(new ClassDefinition[0]));
        // What the process is given to read is for the host, which has no need of it.
        System.setIn(new Nothing());
        MethodHandle openNative = all.findStatic(
                Module.class, "implAddEnableNativeAccessToAllUnnamed", MethodType.methodType(void.class));
        return new Installed(tool, openNative, woven.sinks());
    }

    /**
     * What {@code --illegal-native-access=deny} says. The option itself would have the virtual machine leave all that
     * its cache knows of linked classes aside.
     */
    private static void denyNativeAccess(StaticFields fields) throws ReflectiveOperationException {
        Class<?> bootstrap = Class.forName("jdk.internal.module.ModuleBootstrap");
        for (Object answer : Class.forName("jdk.internal.module.ModuleBootstrap$IllegalNativeAccess")
                .getEnumConstants()) {
            if (answer.toString().equals("DENY")) {
                fields.write(bootstrap, "ILLEGAL_NATIVE_ACCESS", answer);
                return;
            }
        }
        throw new NoSuchFieldException("IllegalNativeAccess.DENY");
    }

    /** The changed classes, those that an earlier start has kept if they fit. */
    private static Woven woven(SinkTable table, Map<String, Class<?>> types, List<String> missing) throws IOException {
        Path folder = cache;
        Woven kept = folder == null || !missing.isEmpty() ? null : Woven.load(folder);
        if (kept != null && kept.classes().keySet().equals(types.keySet())) {
            return kept;
        }
        Weaver weaver = new Weaver(Bridge.NAME, List.of());
        Map<String, byte[]> classes = new HashMap<>();
        for (Map.Entry<String, Class<?>> entry : types.entrySet()) {
            byte[] original = bytes(entry.getValue());
            classes.put(entry.getKey(), weaver.weave(entry.getKey(), original, rowsOf(table, entry.getKey()), missing));
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException("The guard does not fit Java " + Runtime.version()
                    + ": it lacks what is to be guarded, " + String.join(", ", missing));
        }
        Woven fresh = new Woven(List.of(weaver.sinks()), classes);
        if (folder != null) {
            fresh.save(folder);
        }
        return fresh;
    }

    private static List<SinkTable.Row> rowsOf(SinkTable table, String type) {
        List<SinkTable.Row> rows = table.rows().get(type);
        return rows == null ? List.of() : rows;
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        String file = type.getName().replace('.', '/') + ".class";
        ClassLoader loader = type.getClassLoader();
        try (InputStream in = type.getModule().isNamed() || loader == null
                ? type.getModule().getResourceAsStream(file)
                : loader.getResourceAsStream(file)) {
            if (in == null) {
                throw new FileNotFoundException(file);
            }
            return in.readAllBytes();
        }
    }

    /** A class loader of plugins answers for what its plugin links, by the name of each class that it is asked for. */
    private static void guardLinking(Class<?> loader) {
        Installed there = installed;
        if (there != null) {
            String descriptor = "(Ljava/lang/String;Z)Ljava/lang/Class;";
            // The number behind all others is that of what classes link.
            weave(there, loader, "loadClass", descriptor, Rule.CLASS_LINK, List.of("1", "0"), there.sinks());
        }
    }

    /** The libraries that the host shares have settings that hold for all, the host too. */
    private static void guardSettings() {
        Installed there = installed;
        if (there == null) {
            return;
        }
        List<Sink> before = new ArrayList<>(there.sinks());
        before.add(LINKING);
        for (String name : WITH_SETTINGS) {
            try {
                Class<?> type = Class.forName(name, false, Guard.class.getClassLoader());
                weave(there, type, "overrideDefault*", "", Rule.JVM_GLOBAL, List.of(), before);
            } catch (ClassNotFoundException e) {
                // Not every host has the library.
            }
        }
    }

    /** Puts one check into a class of the host, once; its number is the one behind those before. */
    private static void weave(
            Installed there,
            Class<?> type,
            String method,
            String descriptor,
            Rule rule,
            List<String> arguments,
            List<Sink> before) {
        if (WOVEN.contains(type)) {
            return;
        }
        SinkTable.Row row = new SinkTable.Row(type.getName(), method, descriptor, rule, arguments);
        List<String> missing = new ArrayList<>();
        try {
            byte[] woven = new Weaver(Bridge.NAME, before).weave(type.getName(), bytes(type), List.of(row), missing);
            if (!missing.isEmpty()) {
                throw new IllegalStateException("The guard does not fit " + type.getName() + ": " + missing);
            }
            there.tool().redefineClasses(new ClassDefinition(type, woven));
            WOVEN.add(type);
        } catch (IOException | ClassNotFoundException | UnmodifiableClassException e) {
            throw new IllegalStateException("The guard cannot be put into " + type.getName() + ": " + e, e);
        }
    }
}
