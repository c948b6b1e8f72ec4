package dev.agentos.guard;

import java.io.File;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import org.jspecify.annotations.Nullable;

/** Fields of the JDK's objects, read past every method that a subclass could have. */
final class JdkFields {

    /** The system's file system. */
    static final FileSystem FILES = FileSystems.getDefault();

    /** The properties of the whole process. */
    static final Properties PROPERTIES = System.getProperties();

    private static @Nullable MethodHandle filePath;
    private static @Nullable MethodHandle viewFile;
    private static @Nullable MethodHandle userViewFile;
    private static @Nullable MethodHandle threadState;
    private static @Nullable MethodHandle realPath;
    private static @Nullable MethodHandle pathOfBytes;

    private static @Nullable MethodHandle defaultTls;
    private static @Nullable MethodHandle tlsProvider;
    private static @Nullable MethodHandle clientSessions;
    private static @Nullable MethodHandle serverSessions;
    private static @Nullable Class<?> jdkTls;

    private static final @Nullable MethodHandle[] FLAGS = new MethodHandle[Flag.values().length];

    private JdkFields() {}

    /** How a channel is opened. */
    enum Flag {
        READ("read"),
        WRITE("write"),
        APPEND("append"),
        NO_FOLLOW("noFollowLinks"),
        DELETE("deleteOnClose");

        private final String field;

        Flag(String field) {
            this.field = field;
        }
    }

    static void open(MethodHandles.Lookup all) throws ReflectiveOperationException {
        filePath = all.findGetter(File.class, "path", String.class);
        Class<?> path = Class.forName("sun.nio.fs.UnixPath");
        viewFile = all.findGetter(Class.forName("sun.nio.fs.UnixFileAttributeViews$Basic"), "file", path);
        userViewFile = all.findGetter(Class.forName("sun.nio.fs.UnixUserDefinedFileAttributeView"), "file", path);
        Class<?> flags = Class.forName("sun.nio.fs.UnixChannelFactory$Flags");
        for (Flag flag : Flag.values()) {
            FLAGS[flag.ordinal()] = all.findGetter(flags, flag.field, boolean.class);
        }
        realPath = all.findStatic(
                Class.forName("sun.nio.fs.UnixNativeDispatcher"),
                "realpath",
                MethodType.methodType(byte[].class, path));
        pathOfBytes = all.findConstructor(
                path, MethodType.methodType(void.class, Class.forName("sun.nio.fs.UnixFileSystem"), byte[].class));
        threadState = all.findVirtual(Thread.class, "threadState", MethodType.methodType(Thread.State.class));
        openTls(all);
    }

    private static void openTls(MethodHandles.Lookup all) throws ReflectiveOperationException {
        defaultTls = all.findStaticGetter(SSLContext.class, "defaultContext", SSLContext.class);
        tlsProvider = all.findGetter(SSLContext.class, "contextSpi", SSLContextSpi.class);
        Class<?> provider = Class.forName("sun.security.ssl.SSLContextImpl");
        Class<?> sessions = Class.forName("sun.security.ssl.SSLSessionContextImpl");
        clientSessions = all.findGetter(provider, "clientCache", sessions);
        serverSessions = all.findGetter(provider, "serverCache", sessions);
        jdkTls = provider;
    }

    /** Whether these are the sessions of the TLS context that all share who have none of their own. */
    static boolean isOfDefaultTls(@Nullable Object sessions) {
        if (sessions == null || defaultTls == null || jdkTls == null) {
            return false;
        }
        try {
            Object context = defaultTls.invoke();
            Object provider = context == null ? null : read(tlsProvider, context);
            return jdkTls.isInstance(provider)
                    && (read(clientSessions, provider) == sessions || read(serverSessions, provider) == sessions);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static boolean flag(@Nullable Object flags, Flag flag) {
        return flags != null && ((Boolean) read(FLAGS[flag.ordinal()], flags)).booleanValue();
    }

    static boolean hasEnded(Thread thread) {
        // Without the agent there is no plugin that could say what it likes.
        Object state = threadState == null ? thread.getState() : read(threadState, thread);
        return state == Thread.State.TERMINATED;
    }

    static boolean isNew(Thread thread) {
        return (threadState == null ? thread.getState() : read(threadState, thread)) == Thread.State.NEW;
    }

    static String path(File file) {
        return (String) read(filePath, file);
    }

    static Path ofView(Object view) {
        return (Path) read(viewFile, view);
    }

    static Path ofUserView(Object view) {
        return (Path) read(userViewFile, view);
    }

    /** What the system says a path leads to, asked without a check; nothing when it leads nowhere. */
    static @Nullable Path real(Path absolute) {
        try {
            if (realPath == null) {
                return absolute.toRealPath();
            }
            Object bytes = realPath.invoke(absolute);
            return (Path) Objects.requireNonNull(pathOfBytes).invoke(FILES, bytes);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            return null;
        }
    }

    private static Object read(@Nullable MethodHandle getter, Object object) {
        try {
            return Objects.requireNonNull(getter).invoke(object);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
