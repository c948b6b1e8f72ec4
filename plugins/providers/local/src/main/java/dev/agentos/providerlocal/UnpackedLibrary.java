package dev.agentos.providerlocal;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * ONNX Runtime's library as a file. The loader of the operating system never really unloads it, so each further copy
 * would stay in memory; the same file, opened again by the plugin's next version, is the same library. So its folder is
 * named by the library's digest and kept, and taken only if it is this user's alone and holds exactly these bytes: on a
 * shared machine another user may have put something there.
 */
final class UnpackedLibrary {

    private static final String NAME = "libonnxruntime.so";
    private static final String PREFIX = "agentos-onnxruntime-";

    private UnpackedLibrary() {}

    /** The file for this machine, unpacked to a folder of its own below that one if it is not there yet. */
    static Path file(Path folder) throws IOException {
        byte[] library = bytes();
        Path fresh = Files.createTempDirectory(folder, PREFIX);
        Path kept = fresh.resolveSibling(PREFIX + digest(library));
        if (isTrusted(kept, fresh) && Arrays.equals(Files.readAllBytes(kept.resolve(NAME)), library)) {
            Files.delete(fresh);
            return kept.resolve(NAME);
        }
        Files.write(fresh.resolve(NAME), library);
        try {
            Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE);
            return kept.resolve(NAME);
        } catch (IOException e) {
            // Somebody else's folder has the name: this copy serves as well, only not the next version.
            return fresh.resolve(NAME);
        }
    }

    private static boolean isTrusted(Path folder, Path own) throws IOException {
        Path file = folder.resolve(NAME);
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(own))
                && Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)
                        .equals(PosixFilePermissions.fromString("rwx------"));
    }

    private static byte[] bytes() throws IOException {
        String resource = "/native/" + platform() + "/" + NAME;
        try (InputStream library = UnpackedLibrary.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new IOException("The plugin lacks " + resource);
            }
            return library.readAllBytes();
        }
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String platform() {
        String system = System.getProperty("os.name", "");
        String machine = System.getProperty("os.arch", "");
        if (system.equals("Linux") && machine.equals("amd64")) {
            return "linux-x64";
        }
        if (system.equals("Linux") && machine.equals("aarch64")) {
            return "linux-aarch64";
        }
        throw new AgentOsException(
                LocalErrorCode.UNSUPPORTED_PLATFORM,
                "The local models run on Linux x64 and aarch64, not on " + system + " " + machine + ".",
                "Use a provider that runs elsewhere.");
    }
}
