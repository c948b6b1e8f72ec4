package dev.agentos.guard;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InvalidClassException;
import java.lang.reflect.InaccessibleObjectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kinds of exceptions that refuse: what the method declares anyway, so that libraries degrade. */
enum Refusal {
    FILE_NOT_FOUND,
    ACCESS_DENIED,
    SOCKET,
    UNKNOWN_HOST,
    INPUT_OUTPUT,
    INVALID_CLASS,
    CLASS_NOT_FOUND,
    ILLEGAL_ACCESS,
    ILLEGAL_CALLER,
    INACCESSIBLE,
    SECURITY;

    /** The kind that fits a method with those exceptions. */
    static Refusal of(Rule rule, List<String> declared) {
        if (declared.contains("java/io/FileNotFoundException")) {
            return FILE_NOT_FOUND;
        }
        if (declared.contains("java/lang/ClassNotFoundException")) {
            return rule == Rule.DESERIALIZE ? INVALID_CLASS : CLASS_NOT_FOUND;
        }
        if (declared.contains("java/net/UnknownHostException")) {
            return UNKNOWN_HOST;
        }
        if (declared.contains("java/lang/IllegalAccessException")) {
            return ILLEGAL_ACCESS;
        }
        if (declared.contains("java/net/SocketException")) {
            return SOCKET;
        }
        if (declared.contains("java/io/IOException") || declared.contains("sun/nio/fs/UnixException")) {
            if (rule.act.startsWith("fs.")) {
                return ACCESS_DENIED;
            }
            return rule.act.startsWith("net.") ? SOCKET : rule == Rule.DESERIALIZE ? INVALID_CLASS : INPUT_OUTPUT;
        }
        if (rule == Rule.NATIVE_ACCESS) {
            return ILLEGAL_CALLER;
        }
        return rule == Rule.REFLECT_DEEP || rule == Rule.REFLECT_DEEP_ARRAY ? INACCESSIBLE : SECURITY;
    }

    Throwable exception(String message) {
        switch (this) {
            case FILE_NOT_FOUND:
                return new FileNotFoundException(message);
            case ACCESS_DENIED:
                return new Denied(message);
            case SOCKET:
                return new SocketException(message);
            case UNKNOWN_HOST:
                return new UnknownHostException(message);
            case INPUT_OUTPUT:
                return new IOException(message);
            case INVALID_CLASS:
                return new InvalidClassException(message);
            case CLASS_NOT_FOUND:
                return new ClassNotFoundException(message);
            case ILLEGAL_ACCESS:
                return new IllegalAccessException(message);
            case ILLEGAL_CALLER:
                return new IllegalCallerException(message);
            case INACCESSIBLE:
                return new InaccessibleObjectException(message);
            default:
                return new SecurityException(message);
        }
    }

    /** Says the message alone, not a path before it. */
    private static final class Denied extends AccessDeniedException {
        private static final long serialVersionUID = 1;

        Denied(String message) {
            super(message);
        }

        @Override
        public @Nullable String getMessage() {
            return getFile();
        }
    }
}
