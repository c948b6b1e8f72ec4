package dev.agentos.guard;

import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/** What {@code -javaagent} starts: it keeps the virtual machine's tool for the guard and does nothing else yet. */
public final class GuardAgent {

    private static volatile @Nullable Instrumentation instrumentation;

    private GuardAgent() {}

    /** Called by the virtual machine before the program's main method. */
    public static void premain(String arguments, Instrumentation given) {
        instrumentation = given;
        // A connection that one plugin was granted would be kept for whoever knows its name. Read once, by its client.
        System.setProperty("http.keepAlive", "false");
    }

    static @Nullable Instrumentation instrumentation() {
        return instrumentation;
    }
}
