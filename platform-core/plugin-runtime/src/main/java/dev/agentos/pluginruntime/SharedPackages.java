package dev.agentos.pluginruntime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The packages of the class path and the JDK that plugins may link, besides {@code java.*}: a short list, by name. */
final class SharedPackages {

    /** What a plugin may see of the JDK besides {@code java.*}; what it may link of it, the verifier's list decides. */
    static final String OF_JDK = String.join(
            ",",
            "javax.crypto",
            "javax.crypto.interfaces",
            "javax.crypto.spec",
            "javax.management",
            "javax.management.openmbean",
            "javax.net",
            "javax.net.ssl",
            "javax.security.auth",
            "javax.security.auth.callback",
            "javax.security.auth.x500",
            "javax.sql",
            "javax.xml",
            "javax.xml.catalog",
            "javax.xml.datatype",
            "javax.xml.namespace",
            "javax.xml.parsers",
            "javax.xml.stream",
            "javax.xml.stream.events",
            "javax.xml.stream.util",
            "javax.xml.transform",
            "javax.xml.transform.dom",
            "javax.xml.transform.sax",
            "javax.xml.transform.stax",
            "javax.xml.transform.stream",
            "javax.xml.validation",
            "javax.xml.xpath",
            "org.w3c.dom",
            "org.w3c.dom.bootstrap",
            "org.w3c.dom.events",
            "org.w3c.dom.ls",
            "org.w3c.dom.ranges",
            "org.w3c.dom.traversal",
            "org.w3c.dom.views",
            "org.xml.sax",
            "org.xml.sax.ext",
            "org.xml.sax.helpers");

    private static final String SPI = "dev.agentos.spi;version=\"1.0.0\"";

    /** The shared libraries, each by a class of its own: a class path of a hundred JARs is not searched for them. */
    private static final List<String> LIBRARIES = List.of(
            "com/fasterxml/jackson/core/JsonFactory.class",
            "com/fasterxml/jackson/databind/ObjectMapper.class",
            "com/fasterxml/jackson/annotation/JsonProperty.class",
            "org/slf4j/Logger.class");

    /** One clause of an export header: packages, then attributes and directives whose values may hold commas. */
    private static final Pattern CLAUSE = Pattern.compile("((?:[^,\"]|\"[^\"]*\")+)");

    private static final Pattern VERSION = Pattern.compile(";version=\"?([^\";]+)\"?");

    private static final String OF_CLASS_PATH = read();

    private SharedPackages() {}

    /** The interface for plugins and the shared libraries, each package with the version that is on the class path. */
    static String ofClassPath() {
        return OF_CLASS_PATH;
    }

    private static String read() {
        Set<String> clauses = new TreeSet<>();
        clauses.add(SPI);
        ClassLoader loader = SharedPackages.class.getClassLoader();
        try {
            for (String library : LIBRARIES) {
                URL url = loader.getResource(library);
                if (url != null && url.openConnection() instanceof JarURLConnection jar) {
                    addExports(jar.getManifest(), clauses);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The class path cannot be read", e);
        }
        return String.join(",", clauses);
    }

    /** The names of those packages. */
    static Set<String> names() {
        Set<String> names = new TreeSet<>();
        Matcher clause = CLAUSE.matcher(OF_CLASS_PATH);
        while (clause.find()) {
            names.add(clause.group(1).strip().split(";", 2)[0]);
        }
        return names;
    }

    private static void addExports(@Nullable Manifest manifest, Set<String> clauses) {
        String exports = manifest == null ? null : manifest.getMainAttributes().getValue("Export-Package");
        if (exports == null) {
            return;
        }
        Matcher clause = CLAUSE.matcher(exports);
        while (clause.find()) {
            String text = clause.group(1).strip();
            String exported = text.split(";", 2)[0];
            Matcher version = VERSION.matcher(text);
            if (!exported.contains(".internal") && version.find()) {
                clauses.add(exported + ";version=\"" + version.group(1) + "\"");
            }
        }
    }
}
