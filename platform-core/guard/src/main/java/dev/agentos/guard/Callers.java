package dev.agentos.guard;

import java.lang.StackWalker.StackFrame;
import java.security.Provider;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf the code runs that reached a check. Every frame counts, hidden ones too: a method reference that was
 * handed to an executor has no other. Without lambdas, which would be linked in the middle of a check.
 */
final class Callers {

    private static final StackWalker CLASSES = StackWalker.getInstance(Set.of(
            StackWalker.Option.RETAIN_CLASS_REFERENCE,
            StackWalker.Option.SHOW_HIDDEN_FRAMES,
            StackWalker.Option.DROP_METHOD_INFO));

    private static final StackWalker METHODS = StackWalker.getInstance(
            Set.of(StackWalker.Option.RETAIN_CLASS_REFERENCE, StackWalker.Option.SHOW_HIDDEN_FRAMES));

    /** Of the JDK, what replaces the names of properties in a text, whoever has written it. */
    private static final String EXPANDER = "sun.security.util.PropertyExpander";

    private static final First FIRST = new First();
    private static final Starts STARTS = new Starts();
    private static final Through THROUGH = new Through();

    private final Class<?> bridge;
    private final Nearest nearest = new Nearest();
    private final Direct direct = new Direct(null);
    private final Direct behindXml =
            new Direct(ModuleLayer.boot().findModule("java.xml").orElse(null));
    private final Excuse excuse = new Excuse("");
    private final Excuse fileExcuse = new Excuse("fs.");
    private final Excuse childExcuse = new Excuse("java.lang.ProcessImpl");
    private final Excuse providerExcuse = new Excuse("<init>");

    Callers(Class<?> bridge) {
        this.bridge = bridge;
    }

    /** The plugin whose code is nearest on this thread's stack, whatever of the host's is in between. */
    static @Nullable Domain ofThread() {
        return CLASSES.walk(FIRST);
    }

    /** How many starts of processes this thread is in the midst of. */
    static int starts() {
        return METHODS.walk(STARTS).intValue();
    }

    /** Whether code of the host itself does this for a plugin, or for nobody. */
    static boolean isThroughHost() {
        return CLASSES.walk(THROUGH).booleanValue();
    }

    /** The nearest plugin, or the one that the thread belongs to; nothing for the host itself. */
    @Nullable
    Domain nearest() {
        return CLASSES.walk(nearest);
    }

    /**
     * The plugin that calls the method with the check itself or by way of the libraries that the host shares with it;
     * nothing when the JDK calls it. A library makes any call for whoever hands it a method.
     */
    @Nullable
    Domain direct() {
        return CLASSES.walk(direct);
    }

    /**
     * The same where the JDK's parsers and their factories are no callers, nor what fills properties into a text: they
     * load the class and read the property that one names.
     */
    @Nullable
    Domain behindXml() {
        return CLASSES.walk(behindXml);
    }

    /**
     * Whether the act is not the plugin's after all: it happens while a class is loaded or initialised that is not the
     * plugin's. A refusal there would break the class for everybody.
     */
    boolean excused(Rule rule) {
        if (rule == Rule.JVM_EXIT || rule == Rule.PROCESS_EXEC) {
            return false;
        }
        if (rule == Rule.FS_DESCRIPTOR || rule == Rule.PROCESS_CONTROL) {
            return METHODS.walk(childExcuse).booleanValue();
        }
        if (rule == Rule.JVM_PROVIDER) {
            return METHODS.walk(providerExcuse).booleanValue();
        }
        return METHODS.walk(rule.act.startsWith("fs.") ? fileExcuse : excuse).booleanValue();
    }

    private static final class First implements Function<Stream<StackFrame>, @Nullable Domain> {
        @Override
        public @Nullable Domain apply(Stream<StackFrame> frames) {
            Iterator<StackFrame> all = frames.iterator();
            while (all.hasNext()) {
                if (Kinds.INSTANCE.get(all.next().getDeclaringClass()) instanceof Domain domain) {
                    return domain;
                }
            }
            return null;
        }
    }

    private static final class Starts implements Function<Stream<StackFrame>, Integer> {
        @Override
        public Integer apply(Stream<StackFrame> frames) {
            int count = 0;
            Iterator<StackFrame> all = frames.iterator();
            while (all.hasNext()) {
                StackFrame frame = all.next();
                if (frame.getMethodName().equals("start")
                        && frame.getDeclaringClass().getName().equals("java.lang.ProcessImpl")) {
                    count++;
                }
            }
            return Integer.valueOf(count);
        }
    }

    private static final class Through implements Function<Stream<StackFrame>, Boolean> {
        @Override
        public Boolean apply(Stream<StackFrame> frames) {
            Iterator<StackFrame> all = frames.iterator();
            while (all.hasNext()) {
                Object kind = Kinds.INSTANCE.get(all.next().getDeclaringClass());
                if (kind == Kinds.SHARED || kind instanceof Domain) {
                    return Boolean.valueOf(kind == Kinds.SHARED);
                }
            }
            return Boolean.FALSE;
        }
    }

    private final class Nearest implements Function<Stream<StackFrame>, @Nullable Domain> {
        @Override
        public @Nullable Domain apply(Stream<StackFrame> frames) {
            boolean begun = false;
            boolean host = false;
            Iterator<StackFrame> all = frames.iterator();
            while (all.hasNext()) {
                Class<?> type = all.next().getDeclaringClass();
                if (!begun) {
                    begun = type == bridge;
                } else if (type != bridge) {
                    Object kind = Kinds.INSTANCE.get(type);
                    if (kind instanceof Domain domain) {
                        return domain;
                    }
                    if (kind == Kinds.FACADE) {
                        return null;
                    }
                    host |= kind == Kinds.SHARED;
                }
            }
            if (host && !Origins.isStartedByPlugin()) {
                // Work of the host, though a plugin may have been the reason for starting the thread.
                return null;
            }
            Domain origin = Origins.current();
            if (origin != null) {
                return origin;
            }
            // Work of the JDK alone on threads that everybody shares may be anybody's.
            return Origins.isShared(Thread.currentThread()) ? Domain.STRANGER : null;
        }
    }

    private final class Direct implements Function<Stream<StackFrame>, @Nullable Domain> {

        private final @Nullable Module carrier;

        Direct(@Nullable Module carrier) {
            this.carrier = carrier;
        }

        @Override
        public @Nullable Domain apply(Stream<StackFrame> frames) {
            boolean begun = false;
            boolean library = false;
            boolean host = false;
            boolean fills = false;
            Class<?> sink = null;
            Iterator<StackFrame> all = frames.iterator();
            while (all.hasNext()) {
                Class<?> type = all.next().getDeclaringClass();
                if (!begun) {
                    begun = type == bridge;
                } else if (type != bridge && type != sink) {
                    if (sink == null) {
                        sink = type;
                        continue;
                    }
                    Object kind = Kinds.INSTANCE.get(type);
                    library |= kind == Kinds.EXPORTED;
                    host |= kind == Kinds.SHARED;
                    // A subclass of the JDK's that passes a call on to the method with the check is no caller.
                    fills |= carrier != null
                            && kind == Kinds.JDK
                            && type.getName().startsWith(EXPANDER);
                    boolean passes =
                            kind == Kinds.JDK && (fills || sink.isAssignableFrom(type) || type.getModule() == carrier);
                    boolean carries = passes || kind == Kinds.PLUMBING || (library && kind != Kinds.FACADE);
                    if (!carries || kind instanceof Domain) {
                        return kind instanceof Domain domain ? domain : null;
                    }
                }
            }
            Domain origin = Origins.current();
            // What a library does without the host on a thread that everybody shares may be anybody's.
            boolean anybody = origin == null && library && !host && Origins.isShared(Thread.currentThread());
            return anybody ? Domain.STRANGER : origin;
        }
    }

    private final class Excuse implements Function<Stream<StackFrame>, Boolean> {

        /** What else counts: a class of the JDK that acts for itself, or what it is about. */
        private final String also;

        Excuse(String also) {
            this.also = also;
        }

        @Override
        public Boolean apply(Stream<StackFrame> frames) {
            boolean begun = false;
            Iterator<StackFrame> all = frames.iterator();
            while (all.hasNext()) {
                StackFrame frame = all.next();
                Class<?> type = frame.getDeclaringClass();
                if (!begun) {
                    begun = type == bridge;
                } else if (type != bridge) {
                    if (Kinds.INSTANCE.get(type) instanceof Domain) {
                        return Boolean.FALSE;
                    }
                    String method = frame.getMethodName();
                    if (method.equals("<clinit>") || isAlso(type, method)) {
                        return Boolean.TRUE;
                    }
                }
            }
            return Boolean.FALSE;
        }

        private boolean isAlso(Class<?> type, String method) {
            switch (also) {
                case "fs.":
                    return loads(type.getName(), method);
                case "<init>":
                    // A provider fills itself when it is needed first.
                    return method.equals(also) && Provider.class.isAssignableFrom(type);
                default:
                    return type.getName().equals(also);
            }
        }

        private static boolean loads(String type, String method) {
            if (type.equals("jdk.internal.loader.BuiltinClassLoader")) {
                return method.startsWith("loadClass") || method.startsWith("findClass");
            }
            // The JDK looks for a library that has to be granted before it is loaded, and at trusted certificates;
            // Felix
            // reads a plugin's own JAR for it.
            return type.equals("jdk.internal.loader.NativeLibraries")
                    || type.startsWith("org.apache.felix.framework.")
                    || type.startsWith("sun.security.ssl.TrustStoreManager");
        }
    }
}
