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
    }

    static @Nullable Instrumentation instrumentation() {
        return instrumentation;
    }
}
