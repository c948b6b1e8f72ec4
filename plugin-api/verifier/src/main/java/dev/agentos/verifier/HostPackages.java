package dev.agentos.verifier;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The packages of the host: those that it offers to plugins, and those in which a plugin must not bring classes. */
public final class HostPackages {

    // Of javax what the JDK has: libraries bring their own javax.inject and javax.annotation.
    private static final List<String> RESERVED = List.of(
            "java",
            "javax.accessibility",
            "javax.annotation.processing",
            "javax.crypto",
            "javax.imageio",
            "javax.lang.model",
            "javax.management",
            "javax.naming",
            "javax.net",
            "javax.print",
            "javax.rmi",
            "javax.script",
            "javax.security",
            "javax.smartcardio",
            "javax.sound",
            "javax.sql",
            "javax.swing",
            "javax.tools",
            "javax.transaction.xa",
            "javax.xml",
            "jdk",
            "sun",
            "org.pf4j",
            "org.osgi.framework",
            "org.apache.felix.framework",
            "dev.agentos.spi",
            "dev.agentos.verifier",
            "dev.agentos.kernel",
            "dev.agentos.guard",
            "dev.agentos.tenancy",
            "dev.agentos.audit",
            "dev.agentos.policy",
            "dev.agentos.limits",
            "dev.agentos.expressions",
            "dev.agentos.graph",
            "dev.agentos.execution",
            "dev.agentos.scripting",
            "dev.agentos.metrics",
            "dev.agentos.outbound",
            "dev.agentos.agents",
            "dev.agentos.pluginruntime",
            "dev.agentos.invocation",
            "dev.agentos.postgres",
            "dev.agentos.persistence",
            "dev.agentos.web",
            "dev.agentos.http",
            "dev.agentos.server");

    private static final Map<String, List<String>> OFFERED = read();

    private HostPackages() {}

    private static Map<String, List<String>> read() {
        Map<String, List<String>> offered = new LinkedHashMap<>();
        JdkRules.lines("host-packages.txt").stream()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .map(line -> List.of(line.split(" ")))
                .forEach(parts -> offered.put(parts.getFirst(), parts.subList(1, parts.size())));
        return Collections.unmodifiableMap(offered);
    }

    /** The names of the packages that plugins may import, with their versions; those of the JDK have none. */
    public static Map<String, List<String>> offered() {
        return OFFERED;
    }

    /** Whether the name, of a package or a class, with dots, is one of the host's own. */
    static boolean reserves(String name) {
        return RESERVED.stream()
                .anyMatch(root ->
                        name.startsWith(root) && (name.length() == root.length() || name.charAt(root.length()) == '.'));
    }

    /**
     * Whether that package is offered in a version of the range.
     *
     * @param range as OSGi writes it: {@code [1.0,2)}, or {@code 1.2} for that version and all later ones
     * @throws IllegalArgumentException if the range is none
     */
    static boolean offers(String name, String range) {
        List<String> offered = OFFERED.getOrDefault(name, List.of());
        List<String> versions = offered.isEmpty() && OFFERED.containsKey(name) ? List.of("0") : offered;
        boolean fits = false;
        for (String version : versions) {
            fits |= contains(range.strip(), OsgiVersion.parse(version));
        }
        return fits;
    }

    private static boolean contains(String range, OsgiVersion version) {
        if (!range.startsWith("[") && !range.startsWith("(")) {
            return version.compareTo(OsgiVersion.parse(range)) >= 0;
        }
        int comma = range.indexOf(',');
        boolean closed = range.endsWith("]");
        if (comma < 0 || !closed && !range.endsWith(")")) {
            throw new IllegalArgumentException("'" + range + "' is no range of versions");
        }
        int least = version.compareTo(OsgiVersion.parse(range.substring(1, comma)));
        int most = version.compareTo(OsgiVersion.parse(range.substring(comma + 1, range.length() - 1)));
        return (range.startsWith("[") ? least >= 0 : least > 0) && (closed ? most <= 0 : most < 0);
    }

    /** Three numbers, those at the end 0 when absent, and a qualifier. */
    private record OsgiVersion(int major, int minor, int micro, String qualifier) implements Comparable<OsgiVersion> {

        static OsgiVersion parse(String text) {
            String[] parts = text.strip().split("\\.", 4);
            try {
                return new OsgiVersion(
                        number(parts, 0), number(parts, 1), number(parts, 2), parts.length > 3 ? parts[3] : "");
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("'" + text.strip() + "' is no version", e);
            }
        }

        private static int number(String[] parts, int at) {
            return parts.length > at ? Integer.parseUnsignedInt(parts[at]) : 0;
        }

        @Override
        public int compareTo(OsgiVersion other) {
            int numbers = major != other.major
                    ? Integer.compare(major, other.major)
                    : minor != other.minor ? Integer.compare(minor, other.minor) : Integer.compare(micro, other.micro);
            return numbers != 0 ? numbers : qualifier.compareTo(other.qualifier);
        }
    }
}
