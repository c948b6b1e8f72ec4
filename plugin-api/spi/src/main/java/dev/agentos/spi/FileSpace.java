package dev.agentos.spi;

import java.util.List;

/**
 * Files of the tenant's workspace, named by a path relative to it with {@code /} between names. Needs the granted
 * permission {@code fs.read ${workspace}/…} that covers the path; {@code ..} and links that lead out are refused.
 */
public interface FileSpace {

    /**
     * The bytes of a file.
     *
     * @param path the relative path, as in {@code manuals/install.md}
     * @throws AgentOsException {@code plugin:PERMISSION_DENIED} without a covering grant, {@code plugin:FILE_NOT_FOUND}
     *     when there is no such file, {@code plugin:FILE_TOO_LARGE} above 16 MiB
     */
    byte[] read(String path);

    /** The relative paths of the files below a folder, sorted, at most 10,000; the empty path is the workspace. */
    List<String> list(String folder);
}
