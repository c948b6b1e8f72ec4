package dev.agentos.pluginruntime.logs;

import dev.agentos.guard.Guard;
import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Brings what a plugin's libraries write with SLF4J or the JDK's logging into the plugin's own log. There is one for
 * the process, as there is one of SLF4J. A line is the plugin's whose class called the logging; what the host writes
 * while it does something for a plugin is not.
 */
public final class LibraryLines {

    private static final StackWalker CLASSES =
            StackWalker.getInstance(Set.of(Option.RETAIN_CLASS_REFERENCE, Option.DROP_METHOD_INFO));

    private static final @Nullable ClassLoader HOST = LibraryLines.class.getClassLoader();
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

    /** Found by identity: a plugin's loader may say what it likes about being equal. */
    private static final List<Writer> WRITERS = new CopyOnWriteArrayList<>();

    static {
        // A plugin is always below on the stack; what is done here is the host's.
        Guard.trust(LibraryLines.class);
    }

    private LibraryLines() {}

    /** A version, whose class loader is not kept from going. */
    private record Writer(WeakReference<ClassLoader> loader, Lines lines) {}

    /** Where lines go. */
    @FunctionalInterface
    public interface Lines {
        /** A line of that gravity. */
        void write(Level level, String text);
    }

    /** What classes of that loader, and of loaders below it, write goes into that log from now on. */
    public static void follow(ClassLoader loader, String version, PluginLogs.Log log) {
        follow(loader, (level, text) -> log.write(version, level, text));
    }

    /** What classes of that loader, and of loaders below it, write goes there from now on. */
    public static void follow(ClassLoader loader, Lines lines) {
        WRITERS.removeIf(writer -> writer.loader().refersTo(null));
        WRITERS.add(new Writer(new WeakReference<>(loader), lines));
    }

    /**
     * A line is being written, by the thread that calls. Nothing is done with one below {@code INFO}, as in all of a
     * plugin's log, and with one of the host.
     *
     * @param text asked for only when it is a plugin's
     */
    public static void heard(Level level, Supplier<String> text) {
        if (level.getSeverity() < Level.INFO.getSeverity() || WRITERS.isEmpty()) {
            return;
        }
        CLASSES.walk(LibraryLines::caller)
                .flatMap(LibraryLines::writer)
                .ifPresent(writer -> writer.lines().write(level, text.get()));
    }

    /** The class that called the logging: the first behind all that belongs to it. */
    private static Optional<Class<?>> caller(Stream<StackFrame> frames) {
        return frames.<Class<?>>map(StackFrame::getDeclaringClass)
                .dropWhile(type -> !isLogging(type))
                .dropWhile(type -> isLogging(type) || isJdk(type))
                .findFirst();
    }

    private static boolean isLogging(Class<?> type) {
        return type.getClassLoader() == HOST
                && (type.getName().startsWith("ch.qos.logback.")
                        || type.getName().startsWith("org.slf4j."));
    }

    private static boolean isJdk(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader == PLATFORM;
    }

    private static Optional<Writer> writer(Class<?> type) {
        for (ClassLoader loader = type.getClassLoader(); loader != null; loader = loader.getParent()) {
            for (Writer writer : WRITERS) {
                if (writer.loader().refersTo(loader)) {
                    return Optional.of(writer);
                }
            }
        }
        return Optional.empty();
    }
}
