package dev.agentos.cli.local;

import dev.agentos.cli.client.CliException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The text documents of a directory, as an execution's input takes them.
 *
 * @param documents objects of {@code name} and {@code text}, by name
 * @param characters their length together
 * @param notes what was left out and why
 */
record DocumentFolder(List<JsonObject> documents, long characters, List<String> notes) {
    private static final Set<String> ENDINGS = Set.of("md", "txt", "html", "htm", "csv", "json", "adoc");
    private static final long LONGEST_FILE = 1024 * 1024;
    private static final long LONGEST_TOTAL = 4 * 1024 * 1024;

    DocumentFolder {
        documents = List.copyOf(documents);
        notes = List.copyOf(notes);
    }

    /** Reads a directory and all below it; hidden files, other formats, binary and big files are left out. */
    static DocumentFolder read(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new CliException(CliException.USAGE, directory + " is no directory. Name one with --docs.");
        }
        var documents = new ArrayList<JsonObject>();
        var notes = new ArrayList<String>();
        var total = 0L;
        try (var walk = Files.walk(directory)) {
            for (var file :
                    walk.filter(found -> isText(directory, found)).sorted().toList()) {
                var name = directory.relativize(file).toString().replace('\\', '/');
                var size = Files.size(file);
                if (size > LONGEST_FILE) {
                    notes.add(name + " is left out: larger than 1 MB");
                } else if (total + size > LONGEST_TOTAL) {
                    notes.add(name + " and what follows is left out: 4 MB are enough for one question");
                    break;
                } else {
                    try {
                        var text = StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                                .toString();
                        if (text.indexOf('\0') < 0) {
                            documents.add(JsonObject.of("name", name, "text", text));
                            total += size;
                        }
                    } catch (CharacterCodingException binary) {
                        notes.add(name + " is left out: not UTF-8 text");
                    }
                }
            }
        } catch (IOException unreadable) {
            throw new CliException(CliException.FAILED, "The documents cannot be read: " + unreadable.getMessage());
        }
        if (documents.isEmpty()) {
            throw new CliException(
                    CliException.USAGE, "There is no text document in " + directory + " (" + ENDINGS + ").");
        }
        return new DocumentFolder(documents, total, notes);
    }

    private static boolean isText(Path directory, Path file) {
        for (var part : directory.relativize(file)) {
            if (part.toString().startsWith(".")) {
                return false;
            }
        }
        var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
    }
}
