package dev.agentos.verifier;

import java.util.List;

/** Packages that belong to the platform or the host; a plugin must not bring classes of its own in them. */
final class ReservedPackages {

    // Of javax what the JDK has: libraries bring their own javax.inject and javax.annotation.
    private static final List<String> ROOTS = List.of(
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
            "dev.agentos.policy",
            "dev.agentos.graph",
            "dev.agentos.agents",
            "dev.agentos.pluginruntime",
            "dev.agentos.invocation",
            "dev.agentos.persistence",
            "dev.agentos.http",
            "dev.agentos.server");

    private ReservedPackages() {}

    /** Whether the name, of a package or a class, with dots, is one of the host's. */
    static boolean contains(String name) {
        return ROOTS.stream()
                .anyMatch(root ->
                        name.startsWith(root) && (name.length() == root.length() || name.charAt(root.length()) == '.'));
    }
}
