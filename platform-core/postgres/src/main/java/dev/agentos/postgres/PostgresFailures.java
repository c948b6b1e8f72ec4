package dev.agentos.postgres;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what PostgreSQL or the file system says when it cannot start into a failure with advice. */
final class PostgresFailures {

    private static final List<String> CORRUPTION = List.of(
            "PANIC:",
            "invalid checkpoint",
            "could not locate a valid checkpoint",
            "database files are incompatible",
            "is not a valid data directory",
            "incorrect checksum in control file",
            "could not find the database system",
            "could not read file",
            "could not open file \"global/",
            "invalid data in file");

    private PostgresFailures() {}

    static AgentOsException of(Path data, int status, String output) {
        if (output.contains("No space left on device")) {
            return diskFull(data, null);
        }
        if (CORRUPTION.stream().anyMatch(output::contains)) {
            return new AgentOsException(
                    DatabaseErrorCode.CLUSTER_CORRUPTED,
                    "PostgreSQL's files in " + data + " are damaged: " + lastLine(output) + ".",
                    "Restore that directory from a backup; its log is beside it, in " + data.resolveSibling("log")
                            + ".");
        }
        return notStarted(data, "it ended with status " + status + ": " + lastLine(output), null);
    }

    static AgentOsException of(Path directory, IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left on device")) {
            return diskFull(directory, e);
        }
        return new AgentOsException(
                KernelErrorCode.DATA_DIRECTORY_UNUSABLE,
                "PostgreSQL's directory " + directory + " cannot be written: " + e + ".",
                "Let the server's user write there, or choose another data directory.",
                e);
    }

    static AgentOsException notStarted(Path data, String reason, @Nullable Throwable cause) {
        return new AgentOsException(
                DatabaseErrorCode.START_FAILED,
                "PostgreSQL in " + data + " did not start: " + reason + ".",
                "Look into " + data.resolveSibling("log") + ", or set a database URL.",
                cause);
    }

    private static AgentOsException diskFull(Path directory, @Nullable Throwable cause) {
        return new AgentOsException(
                DatabaseErrorCode.DISK_FULL,
                "There is no space left for PostgreSQL's files in " + directory + ".",
                "Free some space (200 MB are needed at first) and start again.",
                cause);
    }

    /** The end of what was printed. */
    static String tail(Path output) throws IOException {
        String text = Files.exists(output) ? Files.readString(output, StandardCharsets.ISO_8859_1) : "";
        return text.substring(Math.max(0, text.length() - 8_000));
    }

    private static String lastLine(String output) {
        List<String> lines = output.lines()
                .filter(line -> line.contains("FATAL") || line.contains("PANIC") || line.contains("rror"))
                .toList();
        return lines.isEmpty() ? output.strip() : lines.getFirst().strip();
    }
}
