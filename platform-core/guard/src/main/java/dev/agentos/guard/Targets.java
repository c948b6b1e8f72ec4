package dev.agentos.guard;

import java.io.File;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Turns the arguments of the JDK's methods into the targets of permissions. An argument whose class a plugin could have
 * made is never called: only fields of it are read, or it is no target at all.
 */
final class Targets {

    private static final int MOST_LINKS = 40;
    private static final int MOST_HOSTS = 4_096;
    private static final int MOST_ADDRESSES = 128;

    /** Which addresses names led to: a name in an address alone is a label that anybody can write. */
    private static final ConcurrentHashMap<String, CopyOnWriteArrayList<byte[]>> RESOLVED = new ConcurrentHashMap<>();

    private Targets() {}

    /** The path as it was written; nothing when it is none of the system's file system. */
    static @Nullable String written(@Nullable Object argument) {
        if (argument instanceof String text) {
            return text;
        }
        if (argument instanceof File file) {
            return JdkFields.path(file);
        }
        if (argument instanceof Path path && Kinds.isJdk(path.getClass().getClassLoader())) {
            return path.getFileSystem() == JdkFields.FILES ? path.toString() : null;
        }
        return null;
    }

    /** The absolute path after links, followed as the system would: links before {@code ..}. */
    static String real(String written, boolean followLast) {
        try {
            return real(Path.of(written).toAbsolutePath(), followLast, MOST_LINKS)
                    .toString();
        } catch (InvalidPathException e) {
            return written;
        }
    }

    private static Path real(Path path, boolean followLast, int links) {
        if (followLast) {
            Path there = JdkFields.real(path);
            if (there != null) {
                return there;
            }
            // It is not there yet, or a part of it is not.
        }
        Path parent = path.getParent();
        Path name = path.getFileName();
        if (parent == null || name == null) {
            return path;
        }
        Path folder = real(parent, true, links);
        if (name.toString().equals("..")) {
            Path above = folder.getParent();
            return above == null ? folder : above;
        }
        Path found = name.toString().equals(".") ? folder : folder.resolve(name);
        if (followLast && links > 0 && Files.isSymbolicLink(found)) {
            try {
                return real(folder.resolve(Files.readSymbolicLink(found)), true, links - 1);
            } catch (IOException e) {
                return found;
            }
        }
        return found;
    }

    /** Remembers what a name led to. */
    static void resolved(String host, InetAddress[] addresses) {
        if (RESOLVED.size() > MOST_HOSTS) {
            RESOLVED.clear();
        }
        CopyOnWriteArrayList<byte[]> known = RESOLVED.get(host);
        if (known == null) {
            RESOLVED.putIfAbsent(host, new CopyOnWriteArrayList<>());
            known = RESOLVED.get(host);
        }
        for (InetAddress address : addresses) {
            byte[] bytes = address.getAddress();
            if (known != null && !contains(known, bytes)) {
                if (known.size() >= MOST_ADDRESSES) {
                    known.removeFirst();
                }
                known.add(bytes);
            }
        }
    }

    private static boolean contains(CopyOnWriteArrayList<byte[]> known, byte[] bytes) {
        for (byte[] one : known) {
            if (Arrays.equals(one, bytes)) {
                return true;
            }
        }
        return false;
    }

    /** The name in an address if this process found the address by it, else nothing. */
    static @Nullable String host(InetAddress address) {
        String text = address.toString();
        int slash = text.indexOf('/');
        String label = slash <= 0 ? "" : text.substring(0, slash);
        if (label.isEmpty()) {
            return null;
        }
        CopyOnWriteArrayList<byte[]> known = RESOLVED.get(label);
        return known != null && contains(known, address.getAddress()) ? label : null;
    }

    /** The address itself as the host of an end point. */
    static String literal(InetAddress address) {
        String text = address.getHostAddress();
        int scope = text.indexOf('%');
        String plain = scope < 0 ? text : text.substring(0, scope);
        return address instanceof Inet6Address ? "[" + plain + "]" : plain;
    }

    /** The file that a URL of a JAR or file names; nothing for those of other protocols. */
    static @Nullable String file(URL url) {
        if (url.getProtocol().equals("file")) {
            return decoded(url.getPath());
        }
        return null;
    }

    /** As the JDK reads the paths of URLs: {@code %} and two digits, and nothing else. */
    static String decoded(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        byte[] plain = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            int high = bytes[i] == '%' && i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
            if (low < 0) {
                plain[length++] = bytes[i];
            } else {
                plain[length++] = (byte) (high * 16 + low);
                i += 2;
            }
        }
        return new String(plain, 0, length, StandardCharsets.UTF_8);
    }

    /** Whether a path leads up somewhere. */
    static boolean climbs(String path) {
        return path.equals("..") || path.startsWith("../") || path.endsWith("/..") || path.contains("/../");
    }

    static int port(URL url) {
        int port = url.getPort();
        return port < 0 ? url.getDefaultPort() : port;
    }
}
