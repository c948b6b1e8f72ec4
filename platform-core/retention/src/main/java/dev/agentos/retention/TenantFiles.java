package dev.agentos.retention;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files that plugins keep for tenants on this server, in a directory for each tenant.
 *
 * @param workspaces the directory above them; it need not exist
 */
public record TenantFiles(Path workspaces) {

    /** Takes a file: its path below the tenant's directory, with / between names, and what is in it. */
    interface Reader {
        void read(String path, InputStream content) throws IOException;
    }

    /** How many files there are of a tenant. */
    long count(String tenant) {
        return files(tenant).size();
    }

    void read(String tenant, Reader reader) throws IOException {
        Path root = workspaces.resolve(tenant);
        for (Path file : files(tenant)) {
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                reader.read(root.relativize(file).toString().replace('\\', '/'), in);
            }
        }
    }

    /** Removes a tenant's directory; links in it are removed and not followed. Returns how many files there were. */
    long remove(String tenant) {
        Path root = workspaces.resolve(tenant);
        long files = count(tenant);
        try {
            if (Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
                Files.walkFileTree(root, new Removal());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /** The tenants that have a directory here. */
    List<String> tenants() {
        if (!Files.isDirectory(workspaces)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(workspaces)) {
            return found.filter(one -> Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS))
                    .map(one -> one.getFileName().toString())
                    .filter(name -> name.startsWith("tnt_"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files(String tenant) {
        Path root = workspaces.resolve(tenant);
        if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(root)) {
            return found.filter(one -> Files.isRegularFile(one, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Removal extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @org.jspecify.annotations.Nullable IOException e)
                throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
