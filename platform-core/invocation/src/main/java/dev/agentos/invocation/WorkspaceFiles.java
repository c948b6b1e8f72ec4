package dev.agentos.invocation;

import dev.agentos.pluginruntime.GrantedPermissions;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.FileSpace;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of one tenant's workspace, as one plugin may read them. */
record WorkspaceFiles(Path workspaces, String tenant, GrantedPermissions grants) implements FileSpace {

    private static final long LARGEST_FILE = 16L * 1024 * 1024;
    private static final int MOST_FILES = 10_000;
    private static final int DEEPEST_FOLDER = 32;

    @Override
    public byte[] read(String path) {
        require(path);
        Path file = resolve(path);
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw notFound(path);
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw new AgentOsException(
                        PluginErrorCode.FILE_TOO_LARGE,
                        "The file '" + path + "' is larger than 16 MiB.",
                        "Split it, or convert it to text first.");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    @Override
    public List<String> list(String folder) {
        require(folder.isEmpty() ? "" : folder + "/");
        Path start = resolve(folder);
        if (!Files.isDirectory(start, LinkOption.NOFOLLOW_LINKS)) {
            if (folder.isEmpty()) {
                return List.of();
            }
            throw notFound(folder);
        }
        Path root = root();
        try (Stream<Path> files = Files.walk(start, DEEPEST_FOLDER)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .limit(MOST_FILES)
                    .toList();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private void require(String path) {
        grants.require(Permission.of(PermissionKind.FS_READ, "${workspace}/" + path));
    }

    private Path root() {
        return workspaces.resolve(tenant).toAbsolutePath().normalize();
    }

    /** Every step is looked at, so that neither {@code ..} nor a link leads out. */
    private Path resolve(String path) {
        Path current = root();
        if (path.isEmpty()) {
            return current;
        }
        try {
            for (String name : path.split("/", -1)) {
                if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                    throw notFound(path);
                }
                current = current.resolve(name);
                if (Files.isSymbolicLink(current)) {
                    throw notFound(path);
                }
            }
        } catch (InvalidPathException e) {
            throw unreadable(path, e);
        }
        return current;
    }

    private static AgentOsException notFound(String path) {
        return new AgentOsException(
                PluginErrorCode.FILE_NOT_FOUND,
                "There is no file '" + path + "' in the tenant's workspace.",
                "Name a file below the workspace, without links and without '..'.");
    }

    private static AgentOsException unreadable(String path, Exception cause) {
        return new AgentOsException(
                PluginErrorCode.FILE_NOT_FOUND,
                "The file '" + path + "' in the tenant's workspace cannot be read.",
                "Check its rights.",
                cause);
    }
}
