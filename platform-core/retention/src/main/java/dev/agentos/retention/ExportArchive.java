package dev.agentos.retention;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A ZIP of JSON Lines, a file for each kind, and behind them {@code manifest.json}, which names each with its rows, its
 * bytes and its SHA-256.
 */
final class ExportArchive implements AutoCloseable {

    private final ZipOutputStream zip;
    private final Export export;
    private final List<JsonObject> files = new ArrayList<>();
    private final Map<String, Long> contents = new LinkedHashMap<>();

    ExportArchive(OutputStream out, Export export) {
        this.zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
        this.export = export;
    }

    /** Writes rows; each is JSON text without line ends. */
    interface Rows {
        void writeTo(Consumer<String> row);
    }

    /** Adds a kind. */
    void add(String kind, Rows rows) throws IOException {
        Entry entry = new Entry(kind + ".jsonl");
        rows.writeTo(entry);
        entry.end(entry.rows);
        contents.merge(kind, entry.rows, Long::sum);
    }

    /** Adds a file as it is. */
    void add(String path, InputStream content) throws IOException {
        Entry entry = new Entry("files/" + path);
        byte[] buffer = new byte[64 * 1024];
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
            entry.write(buffer, read);
        }
        entry.end(0);
        contents.merge("files", 1L, Long::sum);
    }

    Map<String, Long> contents() {
        return contents;
    }

    @Override
    public void close() throws IOException {
        JsonObject manifest = JsonObject.of(
                "export", export.id(),
                "tenant", export.tenant().value(),
                "createdAt", export.createdAt().toString(),
                "files", files);
        begin("manifest.json");
        zip.write(Json.writeBytes(export.whose()
                .principal()
                .map(principal -> manifest.with("principal", principal))
                .orElse(manifest)));
        zip.closeEntry();
        zip.close();
    }

    private void begin(String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(export.createdAt().atOffset(ZoneOffset.UTC).toLocalDateTime());
        zip.putNextEntry(entry);
    }

    private final class Entry implements Consumer<String> {

        private final String name;
        private final MessageDigest digest = Digests.sha256();
        private long rows;
        private long bytes;

        Entry(String name) throws IOException {
            this.name = name;
            begin(name);
        }

        @Override
        public void accept(String row) {
            byte[] line = (row + "\n").getBytes(StandardCharsets.UTF_8);
            try {
                write(line, line.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            rows++;
        }

        void write(byte[] from, int length) throws IOException {
            digest.update(from, 0, length);
            zip.write(from, 0, length);
            bytes += length;
        }

        void end(long counted) throws IOException {
            zip.closeEntry();
            Map<String, JsonValue> said = new LinkedHashMap<>();
            said.put("name", JsonValue.of(name));
            if (counted > 0 || name.endsWith(".jsonl")) {
                said.put("rows", JsonValue.of(counted));
            }
            said.put("bytes", JsonValue.of(bytes));
            said.put("sha256", JsonValue.of(Digests.hex(digest)));
            files.add(new JsonObject(said));
        }
    }
}
