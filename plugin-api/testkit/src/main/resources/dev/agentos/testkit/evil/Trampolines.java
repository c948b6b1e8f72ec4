package evil;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.AnnotatedConstructor;
import com.fasterxml.jackson.databind.introspect.AnnotatedField;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.AnnotationMap;
import com.fasterxml.jackson.databind.util.ClassUtil;
import java.lang.invoke.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;

/** Ways by which a library of the host makes the call that the plugin must not make: the plugin is no direct caller. */
final class Trampolines {
    private static final AtomicInteger NUMBER = new AtomicInteger(10);

    private Trampolines() {}

    static void all(List<Route> a) {
        lookups(a);
        platform(a);
        if (!Evil.foreign.isEmpty()) {
            lent(a);
        }
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route("library.trampoline." + id, act));
    }

    /** Jackson calls the method. */
    private static Object call(Method method, Object target, Object... arguments) throws Throwable {
        try {
            return new AnnotatedMethod(null, method, new AnnotationMap(), null).callOnWith(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static Object privately(Class<?> type, MethodHandles.Lookup from) throws Throwable {
        return call(
                MethodHandles.class.getMethod("privateLookupIn", Class.class, MethodHandles.Lookup.class),
                null,
                type,
                from);
    }

    private static void lookups(List<Route> a) {
        add(a, "private-lookup", () -> privately(Evil.context.getClass(), MethodHandles.lookup()));
        add(a, "private-lookup-spi", () -> privately(dev.agentos.spi.JsonObject.class, MethodHandles.lookup()));
        add(a, "private-lookup-nested", () -> {
            Method invoke = Method.class.getMethod("invoke", Object.class, Object[].class);
            Method target = MethodHandles.class.getMethod("privateLookupIn", Class.class, MethodHandles.Lookup.class);
            return call(invoke, target, null, new Object[] {Evil.context.getClass(), MethodHandles.lookup()});
        });
        add(a, "private-lookup-by-handle", () -> {
            MethodHandle handle = MethodHandles.lookup()
                    .findVirtual(
                            AnnotatedMethod.class,
                            "callOnWith",
                            MethodType.methodType(Object.class, Object.class, Object[].class));
            Method target = MethodHandles.class.getMethod("privateLookupIn", Class.class, MethodHandles.Lookup.class);
            try {
                return handle.invoke(new AnnotatedMethod(null, target, new AnnotationMap(), null), null, new Object[] {
                    Evil.context.getClass(), MethodHandles.lookup()
                });
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
        add(a, "lookup-of-library", () -> call(MethodHandles.class.getMethod("lookup"), null));
        add(
                a,
                "define-class",
                () -> call(
                        MethodHandles.Lookup.class.getMethod("defineClass", byte[].class),
                        MethodHandles.lookup(),
                        (Object) bytes()));
        add(
                a,
                "hidden-class",
                () -> call(
                        MethodHandles.Lookup.class.getMethod(
                                "defineHiddenClass",
                                byte[].class,
                                boolean.class,
                                MethodHandles.Lookup.ClassOption[].class),
                        MethodHandles.lookup(),
                        bytes(),
                        true,
                        new MethodHandles.Lookup.ClassOption[0]));
        add(a, "opened", () -> {
            Field field = dev.agentos.spi.JsonObject.class.getDeclaredFields()[0];
            call(AccessibleObject.class.getMethod("setAccessible", boolean.class), field, true);
            return field;
        });
        add(a, "fixed-access", () -> {
            Field field = dev.agentos.spi.JsonObject.class.getDeclaredFields()[0];
            ClassUtil.checkAndFixAccess(field, true);
            return field;
        });
    }

    /** A class of its own under another name of the same length. */
    private static byte[] bytes() throws java.io.IOException {
        try (java.io.InputStream in = Trampolines.class.getResourceAsStream("Act.class")) {
            String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            String name = String.format("evil/T%02d", NUMBER.getAndIncrement());
            return text.replace("evil/Act", name).getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private static void platform(List<Route> a) {
        ClassLoader host = dev.agentos.spi.Tool.class.getClassLoader();
        Act load = () -> call(
                ClassLoader.class.getMethod("loadClass", String.class),
                host,
                "dev.agentos.pluginruntime.PluginService");
        add(a, "load-class", load);
        add(
                a,
                "load-guard",
                () -> call(
                        ClassLoader.class.getMethod("loadClass", String.class), host, "dev.agentos.guard.Checkpoint"));
        add(
                a,
                "for-name",
                () -> call(
                        Class.class.getMethod("forName", String.class, boolean.class, ClassLoader.class),
                        null,
                        "dev.agentos.guard.Checkpoint",
                        false,
                        host));
        add(a, "find-class-on-shared-thread", () -> {
            Iterator<Class<?>> classes =
                    new ObjectMapper().readerFor(Class.class).readValues("\"dev.agentos.guard.Checkpoint\"");
            return java.util.concurrent.CompletableFuture.supplyAsync(classes::next)
                    .get();
        });
        add(a, "find-class", () -> new ObjectMapper().getTypeFactory().findClass("dev.agentos.guard.Checkpoint"));
        add(
                a,
                "resource",
                () -> call(
                        ClassLoader.class.getMethod("getResource", String.class),
                        host,
                        "dev/agentos/pluginruntime/PluginService.class"));
        add(a, "properties", () -> {
            Properties all = (Properties) call(System.class.getMethod("getProperties"), null);
            return all.getProperty("java.class.path");
        });
        add(a, "property", () -> call(System.class.getMethod("getProperty", String.class), null, "java.class.path"));
        add(a, "environment", () -> ((Map<?, ?>) call(System.class.getMethod("getenv"), null)).isEmpty() ? null : true);
        add(a, "variable", () -> call(System.class.getMethod("getenv", String.class), null, "PATH"));
        add(
                a,
                "open-module",
                () -> call(
                        Module.class.getMethod("addOpens", String.class, Module.class),
                        dev.agentos.spi.Tool.class.getModule(),
                        "dev.agentos.spi",
                        Trampolines.class.getModule()));
    }

    private static void lent(List<Route> a) {
        Act off = () -> {
            MethodHandles.Lookup inside = (MethodHandles.Lookup)
                    privately(Evil.foreign("dev.agentos.guard.Checkpoint"), MethodHandles.lookup());
            for (Field field : inside.lookupClass().getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    return call(
                            MethodHandles.Lookup.class.getMethod(
                                    "findStaticVarHandle", Class.class, String.class, Class.class),
                            inside,
                            inside.lookupClass(),
                            field.getName(),
                            field.getType());
                }
            }
            return inside;
        };
        add(a, "guard", off);
        add(a, "threads", () -> call(Thread.class.getMethod("getAllStackTraces"), null));
        add(a, "thread-stack", () -> call(Thread.class.getMethod("getStackTrace"), Evil.victim));
        add(a, "thread-name", () -> {
            call(Thread.class.getMethod("setName", String.class), Evil.victim, "victim");
            return true;
        });
        add(a, "bean-setter", () -> loose().readerForUpdating(Evil.victim).readValue("{\"name\":\"victim\"}"));
        add(a, "constructor", () -> made(Evil.context.getClass().getConstructor()));
        add(
                a,
                "constructor-of-reserved",
                () -> made(Evil.foreign("javax.naming.InitialContext").getConstructor()));
        add(a, "create-instance", () -> ClassUtil.createInstance(Evil.context.getClass(), false));
        add(a, "bean", () -> loose().convertValue(Map.of(), Evil.context.getClass()));
        add(
                a,
                "creator",
                () -> loose().addMixIn(Evil.foreign("dev.agentos.pluginruntime.PluginVersion"), Created.class)
                        .convertValue(
                                Map.of("a", "p", "b", "1", "c", "x"),
                                Evil.foreign("dev.agentos.pluginruntime.PluginVersion")));
        add(
                a,
                "field",
                () -> new AnnotatedField(null, Evil.foreign("java.sql.Types").getField("BIT"), new AnnotationMap())
                        .getValue(null));
    }

    private static Object made(Constructor<?> constructor) throws Throwable {
        return new AnnotatedConstructor(null, constructor, new AnnotationMap(), null).call();
    }

    private static ObjectMapper loose() {
        return new ObjectMapper()
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
                .configure(MapperFeature.INFER_PROPERTY_MUTATORS, false);
    }

    /** How Jackson is told to make an object of a class that is not the plugin's. */
    abstract static class Created {
        @com.fasterxml.jackson.annotation.JsonCreator
        Created(
                @com.fasterxml.jackson.annotation.JsonProperty("a") String a,
                @com.fasterxml.jackson.annotation.JsonProperty("b") String b,
                @com.fasterxml.jackson.annotation.JsonProperty("c") String c) {}
    }
}
