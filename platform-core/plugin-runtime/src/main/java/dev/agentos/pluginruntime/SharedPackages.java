package dev.agentos.pluginruntime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packages of the class path and the JDK that plugins may link, besides {@code java.*}: a short list, by name. */
final class SharedPackages {

    /** What a plugin may see of the JDK besides {@code java.*}. */
    static final String OF_JDK = String.join(
            ",",
            "javax.crypto",
            "javax.crypto.interfaces",
            "javax.crypto.spec",
            "javax.net",
            "javax.net.ssl",
            "javax.security.auth",
            "javax.security.auth.callback",
            "javax.security.auth.x500",
            "javax.xml",
            "javax.xml.datatype",
            "javax.xml.namespace",
            "javax.xml.parsers",
            "javax.xml.stream",
            "javax.xml.transform",
            "javax.xml.transform.dom",
            "javax.xml.transform.sax",
            "javax.xml.transform.stream",
            "javax.xml.validation",
            "javax.xml.xpath",
            "org.w3c.dom",
            "org.w3c.dom.bootstrap",
            "org.w3c.dom.ls",
            "org.xml.sax",
            "org.xml.sax.ext",
            "org.xml.sax.helpers");

    private static final String SPI = "dev.agentos.spi;version=\"1.0.0\"";

    private static final Set<String> LIBRARIES = Set.of(
            "com.fasterxml.jackson.core.jackson-core",
            "com.fasterxml.jackson.core.jackson-databind",
            "com.fasterxml.jackson.core.jackson-annotations",
            "slf4j.api");

    /** One clause of an export header: packages, then attributes and directives whose values may hold commas. */
    private static final Pattern CLAUSE = Pattern.compile("((?:[^,\"]|\"[^\"]*\")+)");

    private static final Pattern VERSION = Pattern.compile(";version=\"?([^\";]+)\"?");

    private SharedPackages() {}

    /** The interface for plugins and the shared libraries, each package with the version that is on the class path. */
    static String ofClassPath() {
        Set<String> clauses = new TreeSet<>();
        clauses.add(SPI);
        try {
            ClassLoader loader = SharedPackages.class.getClassLoader();
            for (URL url : loader == null ? List.<URL>of() : all(loader)) {
                try (InputStream in = url.openStream()) {
                    addExports(new Manifest(in), clauses);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The class path cannot be read", e);
        }
        return String.join(",", clauses);
    }

    private static List<URL> all(ClassLoader loader) throws IOException {
        List<URL> urls = new ArrayList<>();
        loader.getResources("META-INF/MANIFEST.MF").asIterator().forEachRemaining(urls::add);
        return urls;
    }

    private static void addExports(Manifest manifest, Set<String> clauses) {
        String name = manifest.getMainAttributes().getValue("Bundle-SymbolicName");
        String exports = manifest.getMainAttributes().getValue("Export-Package");
        if (name == null || exports == null || !LIBRARIES.contains(name.split(";", 2)[0].strip())) {
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
