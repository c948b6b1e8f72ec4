package dev.agentos.invocation;

import dev.agentos.pluginruntime.GrantedPermissions;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.FileSpace;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A tenant's workspace as one plugin may see it. Paths are checked after links are followed. */
final class Workspace implements FileSpace {

    private static final int MOST_BYTES = 16 * 1024 * 1024;
    private static final int MOST_FILES = 10_000;
    private static final String ROOT = "${workspace}/";
    /** What a file's name may have, and a permission's target has not, or takes for a wildcard. */
    private static final Pattern UNNAMEABLE = Pattern.compile("[\\x00-\\x20\\x7f-\\x9f]|\\$(?=\\{)|\\*{2,}");

    private final Path root;
    private final GrantedPermissions grants;

    Workspace(Path root, GrantedPermissions grants) {
        this.root = root;
        this.grants = grants;
    }

    @Override
    public byte[] read(String path) {
        String name = checked(path);
        grants.require(permission(name));
        Path file = real(name);
        // A link inside the workspace may lead to what is not granted.
        grants.require(permission(real("").relativize(file).toString()));
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw notFound(name);
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new AgentOsException(
                        PluginErrorCode.FILE_TOO_LARGE,
                        "The file '" + name + "' of the workspace is larger than 16 MiB.",
                        "Split the file.");
            }
            return bytes;
        } catch (IOException e) {
            throw notFound(name);
        }
    }

    @Override
    public List<String> list(String folder) {
        String name = folder.isEmpty() ? "" : checked(folder);
        if (grants.permissions().stream().noneMatch(grant -> grant.kind() == PermissionKind.FS_READ)) {
            String below = name.isEmpty() ? "**" : nameable(name) + "/**";
            grants.require(Permission.of(PermissionKind.FS_READ, ROOT + below));
        }
        if (name.isEmpty() && !Files.isDirectory(root)) {
            return List.of();
        }
        Path start = real(name);
        if (!Files.isDirectory(start)) {
            throw notFound(name);
        }
        Path base = real("");
        try (Stream<Path> files = Files.walk(start)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> base.relativize(file).toString())
                    .filter(file -> grants.allows(permission(file)))
                    .sorted()
                    .limit(MOST_FILES)
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw notFound(name);
        }
    }

    private static Permission permission(String path) {
        return Permission.of(PermissionKind.FS_READ, ROOT + nameable(path));
    }

    /** A path in which a character that no grant can name stands for each that is not to be named. */
    private static String nameable(String path) {
        return UNNAMEABLE.matcher(path).replaceAll("\uFFFD");
    }

    private String checked(String path) {
        boolean plain = !path.startsWith("/")
                && path.indexOf('\\') < 0
                && path.indexOf('\0') < 0
                && Arrays.stream(path.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!plain) {
            throw outside(path);
        }
        return path;
    }

    private Path real(String name) {
        try {
            Path base = root.toRealPath();
            Path file = base.resolve(name).toRealPath();
            if (!file.startsWith(base)) {
                throw outside(name);
            }
            return file;
        } catch (IOException | InvalidPathException e) {
            throw notFound(name);
        }
    }

    private AgentOsException outside(String path) {
        return new AgentOsException(
                PluginErrorCode.PERMISSION_DENIED,
                "Plugin " + grants.plugin() + " asked for '" + path + "', which is not a path inside the workspace.",
                "Name files relative to the workspace, with / between names and without ..");
    }

    private static AgentOsException notFound(String name) {
        return new AgentOsException(
                PluginErrorCode.FILE_NOT_FOUND,
                "There is no '" + name + "' in the workspace.",
                "Put the file into the workspace, or name another.");
    }
}
