package dev.agentos.guard;

/** What of the JDK no plugin links unless its policy says otherwise: a short list, by package and class. */
final class ReservedApi {

    /** How the names of the JDK's classes begin; none of them is a plugin's own. */
    private static final String[] JDK_NAMES = {
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "com.sun.",
        "org.w3c.dom.",
        "org.xml.sax.",
        "org.ietf.jgss.",
        "org.jcp.",
        "netscape."
    };

    private static final String[] PACKAGES = {
        "sun.",
        "jdk.",
        "com.sun.",
        "java.applet.",
        "java.awt.",
        "java.beans.",
        "java.lang.foreign.",
        "java.lang.instrument.",
        "java.lang.management.",
        "java.lang.module.",
        "java.net.spi.",
        "java.nio.channels.spi.",
        "java.rmi.",
        "java.sql.",
        "java.util.prefs.",
        "java.util.spi.",
        "javax.accessibility.",
        "javax.imageio.",
        "javax.management.",
        "javax.naming.",
        "javax.print.",
        "javax.rmi.",
        "javax.script.",
        "javax.security.auth.login.",
        "javax.security.auth.spi.",
        "javax.sound.",
        "javax.sql.",
        "javax.swing.",
        "javax.tools.",
    };

    private static final String[] CLASSES = {
        "java.io.ObjectInputFilter$Config",
        "java.lang.Compiler",
        "java.lang.ModuleLayer",
        "java.lang.ModuleLayer$Controller",
        "java.lang.invoke.MethodHandleProxies",
        "java.util.logging.ConsoleHandler",
        "java.util.logging.FileHandler",
        "java.util.logging.LogManager",
        "java.util.logging.LoggingMXBean",
        "java.util.logging.MemoryHandler",
        "java.util.logging.SocketHandler",
        "java.util.logging.StreamHandler",
    };

    private ReservedApi() {}

    static boolean isJdkName(String name) {
        for (String start : JDK_NAMES) {
            if (name.startsWith(start)) {
                return true;
            }
        }
        return false;
    }

    static boolean mayLink(String owner) {
        for (String prefix : PACKAGES) {
            if (owner.startsWith(prefix)) {
                return false;
            }
        }
        for (String name : CLASSES) {
            if (owner.equals(name)) {
                return false;
            }
        }
        return true;
    }
}
