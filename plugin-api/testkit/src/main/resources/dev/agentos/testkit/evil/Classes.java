package evil;

import java.io.*;
import java.lang.invoke.*;
import java.lang.reflect.*;
import java.net.*;
import java.security.*;
import java.util.*;

/** Ways to classes, members and loaders that are not the plugin's. */
final class Classes {
    private Classes() {}

    private static final List<String> RESERVED = List.of(
            "sun.misc.Unsafe",
            "sun.reflect.ReflectionFactory",
            "jdk.internal.misc.Unsafe",
            "jdk.internal.access.SharedSecrets",
            "com.sun.tools.attach.VirtualMachine",
            "com.sun.management.HotSpotDiagnosticMXBean",
            "com.sun.net.httpserver.HttpServer",
            "java.lang.management.ManagementFactory",
            "javax.management.MBeanServerFactory",
            "java.lang.instrument.Instrumentation",
            "java.rmi.registry.LocateRegistry",
            "javax.naming.InitialContext",
            "java.sql.DriverManager",
            "java.util.prefs.Preferences",
            "java.beans.Statement",
            "java.beans.EventHandler",
            "java.awt.Desktop",
            "java.util.logging.LogManager",
            "java.lang.invoke.MethodHandleProxies",
            "java.lang.foreign.Linker",
            "jdk.jfr.Recording",
            "javax.script.ScriptEngineManager",
            "javax.tools.ToolProvider",
            "java.lang.ModuleLayer$Controller");

    private static final List<String> HOST = List.of(
            "dev.agentos.guard.Guard",
            "dev.agentos.guard.Checkpoint",
            "dev.agentos.pluginruntime.PluginService",
            "dev.agentos.kernel.Json",
            "org.osgi.framework.FrameworkUtil",
            "org.apache.felix.framework.Felix",
            "org.pf4j.PluginManager");

    static void all(List<Route> a, Place o, Place i) {
        byName(a);
        loaders(a);
        deep(a);
        lookups(a);
        hosts(a);
        serial(a);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    /** A class counts when something can be done with it. */
    private static Object usable(Class<?> type) throws Throwable {
        if (Evil.guarded && !type.getName().startsWith("[")) {
            try {
                for (Method method : type.getMethods()) {
                    if (Modifier.isStatic(method.getModifiers()) && method.getParameterCount() == 0) {
                        method.invoke(null);
                        return method;
                    }
                }
                for (Field field : type.getFields()) {
                    if (Modifier.isStatic(field.getModifiers())) {
                        field.get(null);
                        return field;
                    }
                }
                MethodHandles.publicLookup().findVirtual(type, "hashCode", MethodType.methodType(int.class));
            } catch (IllegalAccessException e) {
                throw e;
            }
        }
        return type;
    }

    private static void byName(List<Route> a) {
        ClassLoader host = dev.agentos.spi.Tool.class.getClassLoader();
        List<String> all = new ArrayList<>(RESERVED);
        all.addAll(HOST);
        for (String name : all) {
            boolean jdk = RESERVED.contains(name);
            add(a, "class.host-loader." + name, () -> usable(host.loadClass(name)));
            add(a, "class.for-name-host." + name, () -> usable(Class.forName(name, false, host)));
            if (jdk) {
                add(
                        a,
                        "class.for-name-null." + name,
                        () -> usable(Class.forName(name, false, ClassLoader.getPlatformClassLoader())));
                add(
                        a,
                        "class.platform-loader." + name,
                        () -> usable(ClassLoader.getPlatformClassLoader().loadClass(name)));
            }
            if (name.startsWith("jdk.internal.") || name.endsWith("Checkpoint")) {
                continue;
            }
            add(
                    a,
                    "class.lookup." + name,
                    () -> usable(MethodHandles.lookup()
                            .in(dev.agentos.spi.Tool.class)
                            .findClass(name)));
        }
        add(
                a,
                "class.module",
                () -> usable(Class.forName(
                        ModuleLayer.boot().findModule("java.management").orElseThrow(),
                        "java.lang.management.ManagementFactory")));
        add(
                a,
                "class.system",
                () -> usable(ClassLoader.getSystemClassLoader().loadClass("dev.agentos.pluginruntime.PluginService")));
        add(
                a,
                "class.context",
                () -> usable(Thread.currentThread()
                        .getContextClassLoader()
                        .loadClass("java.lang.management.ManagementFactory")));
        add(a, "class.array", () -> Class.forName("[Lsun.misc.Unsafe;", false, host));
        add(
                a,
                "class.linked",
                () -> java.lang.management.ManagementFactory.getRuntimeMXBean().getName());
        add(
                a,
                "class.linked-logging",
                () -> java.util.logging.LogManager.getLogManager().getLoggerNames());
        add(a, "class.linked-modules", () -> ModuleLayer.boot().modules().size());
    }

    private static void loaders(List<Route> a) {
        add(a, "loader.url", () -> new URLClassLoader(new URL[0]));
        add(a, "loader.url-instance", () -> URLClassLoader.newInstance(new URL[0]));
        add(a, "loader.own", () -> new ClassLoader() {});
        add(a, "loader.own-parent", () -> new ClassLoader(null) {});
        add(a, "loader.secure", () -> new SecureClassLoader() {});
        add(a, "loader.define", () -> MethodHandles.lookup().defineClass(bytes()));
        add(a, "loader.hidden", () -> MethodHandles.lookup().defineHiddenClass(bytes(), true));
        add(a, "loader.hidden-data", () -> MethodHandles.lookup().defineHiddenClassWithClassData(bytes(), "x", true));
        add(
                a,
                "loader.layer",
                () -> ModuleLayer.boot()
                        .defineModulesWithOneLoader(
                                ModuleLayer.boot()
                                        .configuration()
                                        .resolve(
                                                java.lang.module.ModuleFinder.of(),
                                                java.lang.module.ModuleFinder.of(),
                                                Set.of()),
                                null));
        add(
                a,
                "loader.proxy-host",
                () -> java.lang.reflect.Proxy.newProxyInstance(
                                dev.agentos.spi.Tool.class.getClassLoader(),
                                new Class<?>[] {Runnable.class},
                                (p, m, arguments) -> String.valueOf(new FileInputStream("/etc/passwd").read()))
                        .toString());
    }

    private static byte[] bytes() throws IOException {
        try (InputStream in = Classes.class.getResourceAsStream("Act.class")) {
            byte[] all = in.readAllBytes();
            // The same class under another name of the same length.
            String text = new String(all, java.nio.charset.StandardCharsets.ISO_8859_1);
            String name = String.format("evil/A%02d", NUMBER.getAndIncrement());
            return text.replace("evil/Act", name).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        }
    }

    private static final java.util.concurrent.atomic.AtomicInteger NUMBER =
            new java.util.concurrent.atomic.AtomicInteger(10);

    private static void deep(List<Route> a) {
        Class<?> host = dev.agentos.spi.Tool.class.getClassLoader().getClass();
        add(a, "deep.context-field", () -> opened(Evil.context.getClass().getDeclaredFields()[0]));
        add(a, "deep.context-method", () -> opened(Evil.context.getClass().getDeclaredMethods()[0]));
        add(a, "deep.context-constructor", () -> opened(Evil.context.getClass().getDeclaredConstructors()[0]));
        add(a, "deep.try", () -> Evil.context.getClass().getDeclaredFields()[0].trySetAccessible() ? true : null);
        add(a, "deep.array", () -> {
            AccessibleObject.setAccessible(Evil.context.getClass().getDeclaredFields(), true);
            return true;
        });
        add(a, "deep.value-class", () -> opened(dev.agentos.spi.JsonObject.class.getDeclaredFields()[0]));
        add(
                a,
                "deep.private-lookup",
                () -> MethodHandles.privateLookupIn(Evil.context.getClass(), MethodHandles.lookup()));
        add(
                a,
                "deep.private-lookup-spi",
                () -> MethodHandles.privateLookupIn(dev.agentos.spi.JsonObject.class, MethodHandles.lookup()));
    }

    private static Object opened(AccessibleObject object) {
        object.setAccessible(true);
        return object;
    }

    private static void lookups(List<Route> a) {
        MethodHandles.Lookup every = MethodHandles.publicLookup();
        add(
                a,
                "lookup.reflection-of-management",
                () -> Evil.foreign("java.lang.management.ManagementFactory")
                        .getMethod("getRuntimeMXBean")
                        .invoke(null));
        add(
                a,
                "lookup.static-of-management",
                () -> every.findStatic(
                                Evil.foreign("java.lang.management.ManagementFactory"),
                                "getPlatformMBeanServer",
                                MethodType.methodType(Evil.foreign("javax.management.MBeanServer")))
                        .invoke());
        add(
                a,
                "lookup.unreflect",
                () -> every.unreflect(Evil.foreign("java.lang.management.ManagementFactory")
                                .getMethod("getRuntimeMXBean"))
                        .invoke());
        add(
                a,
                "lookup.constructor",
                () -> every.findConstructor(
                        Evil.foreign("javax.naming.InitialContext"), MethodType.methodType(void.class)));
        add(
                a,
                "lookup.new-instance",
                () -> Evil.foreign("javax.naming.InitialContext")
                        .getConstructor()
                        .newInstance());
        lookupsFurther(a);
    }

    private static void lookupsFurther(List<Route> a) {
        MethodHandles.Lookup every = MethodHandles.publicLookup();
        MethodType none = MethodType.methodType(void.class);
        add(
                a,
                "lookup.field",
                () -> Evil.foreign("java.sql.Types").getField("BIT").get(null));
        add(
                a,
                "lookup.field-int",
                () -> Evil.foreign("java.sql.Types").getField("BIT").getInt(null));
        add(a, "lookup.static-getter", () -> every.findStaticGetter(Evil.foreign("java.sql.Types"), "BIT", int.class));
        add(a, "lookup.var-handle", () -> every.findStaticVarHandle(Evil.foreign("java.sql.Types"), "BIT", int.class));
        add(
                a,
                "lookup.invoke-of-invoke",
                () -> Method.class
                        .getMethod("invoke", Object.class, Object[].class)
                        .invoke(
                                Evil.foreign("java.lang.management.ManagementFactory")
                                        .getMethod("getRuntimeMXBean"),
                                null,
                                new Object[0]));
        add(
                a,
                "lookup.handle-of-invoke",
                () -> MethodHandles.lookup()
                        .findVirtual(
                                Method.class,
                                "invoke",
                                MethodType.methodType(Object.class, Object.class, Object[].class))
                        .invoke(
                                Evil.foreign("java.lang.management.ManagementFactory")
                                        .getMethod("getRuntimeMXBean"),
                                (Object) null,
                                new Object[0]));
        add(
                a,
                "lookup.trampoline",
                () -> MethodHandleProxies.asInterfaceInstance(
                        Runnable.class, every.findStatic(Thread.class, "yield", none)));
    }

    private static void hosts(List<Route> a) {
        // There is no such class without the guard.
        add(a, "guard.bridge", () -> usable(Class.forName("jdk.internal.misc.AgentOsGuard", false, null)));
        if (!Evil.foreign.isEmpty()) {
            add(a, "host.context-of-other", Classes::handedOn);
        }
        add(
                a,
                "host.bundle",
                () -> Evil.class
                        .getClassLoader()
                        .getClass()
                        .getMethod("getBundle")
                        .invoke(Evil.class.getClassLoader()));
        add(
                a,
                "host.loader-method",
                () -> Evil.class
                        .getClassLoader()
                        .getClass()
                        .getMethod("isActivationTriggered")
                        .invoke(Evil.class.getClassLoader()));
        add(
                a,
                "host.bind",
                () -> MethodHandles.publicLookup()
                        .bind(
                                Evil.class.getClassLoader(),
                                "getBundle",
                                MethodType.methodType(Evil.foreign("org.osgi.framework.Bundle"))));
    }

    private static Object handedOn() {
        return ((dev.agentos.spi.PluginContext) System.getProperties().get("evil.context"))
                .secret("KEY")
                .orElse(null);
    }

    private static void serial(List<Route> a) {
        add(a, "serial.stream", () -> new ObjectInputStream(new ByteArrayInputStream(written())).readObject());
        add(a, "serial.own-stream", () -> new ObjectInputStream(new ByteArrayInputStream(written())) {}.readObject());
        add(a, "serial.own-stream-empty", () -> new ObjectInputStream() {});
        add(a, "serial.signed", () -> {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            return new SignedObject("x", pair.getPrivate(), Signature.getInstance("Ed25519")).getObject();
        });
        add(a, "serial.sealed", () -> {
            javax.crypto.SecretKey key =
                    javax.crypto.KeyGenerator.getInstance("AES").generateKey();
            javax.crypto.Cipher cipher = javax.crypto.Cipher.getInstance("AES");
            cipher.init(javax.crypto.Cipher.ENCRYPT_MODE, key);
            return new javax.crypto.SealedObject("x", cipher).getObject(key);
        });
    }

    private static byte[] written() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject("x");
        }
        return bytes.toByteArray();
    }
}
