package dev.agentos.testkit;

import dev.agentos.spi.PermissionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A plugin that tries every way out of a sandbox that is known: files, networks, processes, the state of the virtual
 * machine, threads, class loaders, reflection, deserialisation; each by itself, a second time, from other threads and
 * through other code. A host runs {@code evil.Evil.run} with its sandbox and without: what comes through without and
 * not with it was stopped; {@code evil.Exits.run} does the same for ways to end the process, and {@code evil.Left.run}
 * for what is left of the plugin behind its unloading. Each act that can be granted has a twin that a grant covers,
 * which must come through; so must what needs no permission and is called {@code free.}.
 */
public final class EvilPlugin {

    private static final int INITIALIZERS = 900;
    private static final List<String> SOURCES = List.of(
            "Act",
            "Route",
            "Place",
            "FileReads",
            "FileWrites",
            "Networks",
            "Machine",
            "Classes",
            "Libraries",
            "Trampolines",
            "Gadgets",
            "Narrow",
            "Roundabout",
            "Detours",
            "Shared",
            "Never",
            "Left",
            "Free",
            "Vectors",
            "Exits",
            "Apart",
            "Evil",
            "Asked");

    private static final List<String> PARTS =
            List.of("free", "reads", "writes", "networks", "machine", "classes", "libraries", "roundabout");
    private static final String IMPORTS =
            "dev.agentos.spi;version=\"[1.0,2)\",javax.crypto,javax.net,javax.net.ssl,javax.xml.parsers,javax.xml.stream,"
                + "javax.xml.transform,javax.xml.transform.stream,javax.xml.xpath,org.w3c.dom,org.xml.sax,"
                + "org.xml.sax.helpers,com.fasterxml.jackson.annotation,"
                + "com.fasterxml.jackson.core,com.fasterxml.jackson.databind,"
                + "com.fasterxml.jackson.databind.exc,com.fasterxml.jackson.databind.introspect,"
                + "com.fasterxml.jackson.databind.jsontype,com.fasterxml.jackson.databind.node,"
                + "com.fasterxml.jackson.databind.type,com.fasterxml.jackson.databind.util,"
                + "com.fasterxml.jackson.core.type";

    private EvilPlugin() {}

    /**
     * The plugin's JAR, without permissions and without extensions.
     *
     * @param jackson the JARs of Jackson that the host shares
     */
    public static SyntheticJar jar(String id, String version, List<Path> jackson) {
        SyntheticJar jar = SyntheticJar.plugin(id, version).header("Import-Package", IMPORTS);
        jackson.forEach(jar::compiledAgainst);
        for (String name : SOURCES) {
            jar.source("evil." + name, source(name));
        }
        return jar.source("evil.Initializers", initializers());
    }

    /** The same with its tool {@code evil.try}, for a host that loads what a verifier would refuse. */
    public static SyntheticJar asking(String id, String version, List<Path> jackson) {
        return jar(id, version, jackson).extension("asking.Asking", source("Asking"));
    }

    /**
     * The same as a plugin that a server may install: the ways are in a library that it embeds, as somebody would do
     * who wants them past the verifier. Its tool {@code evil.try} takes {@code part}, {@code outside},
     * {@code forbidden}, {@code inside} and {@code granted}, and answers with the ways that were {@code stopped} and
     * how the {@code other} ones came out, or that the whole part was {@code heldBack}.
     *
     * @param folder where the library is written
     * @param permissions what it declares
     */
    public static SyntheticJar installable(
            String id, String version, List<Path> jackson, Path folder, PermissionRequest... permissions) {
        SyntheticJar library = jar(id, version, jackson).withoutManifest();
        return SyntheticJar.plugin(id, version)
                .header("Import-Package", IMPORTS)
                .permissions(permissions)
                .nested("lib/evil.jar", library)
                .compiledAgainst(library.writeTo(folder, "evil-library.jar"))
                .extension("asking.Asking", source("Asking"));
    }

    /** The parts that {@code evil.try} knows. */
    public static List<String> parts() {
        return PARTS;
    }

    private static String source(String name) {
        try (InputStream in = EvilPlugin.class.getResourceAsStream("evil/" + name + ".java")) {
            if (in == null) {
                throw new IllegalStateException("The test kit lacks the source of evil." + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A class is initialised once, so that each act in an initialiser needs a class of its own. */
    private static String initializers() {
        StringBuilder text = new StringBuilder("""
            package evil;

            final class Initializers {
                private static int next;
                private static Act pending;

                static synchronized Object run(Act act) throws Throwable {
                    pending = act;
                    try {
                        return Class.forName("evil.Initializers$I" + next++).getField("VALUE").get(null);
                    } catch (ExceptionInInitializerError e) {
                        throw e.getCause() instanceof IllegalStateException ? e.getCause().getCause() : e.getCause();
                    }
                }

                static Object now() {
                    try {
                        return pending.run();
                    } catch (Throwable e) {
                        throw new IllegalStateException(e);
                    }
                }
            """);
        for (int i = 0; i < INITIALIZERS; i++) {
            text.append("    public static final class I")
                    .append(i)
                    .append(" { public static final Object VALUE = now(); }\n");
        }
        return text.append("}\n").toString();
    }
}
