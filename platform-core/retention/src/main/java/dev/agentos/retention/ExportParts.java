package dev.agentos.retention;

import dev.agentos.kernel.Digests;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.security.MessageDigest;

/** The file of an export as it is written: kept part by part, so that never more than one of them is in memory. */
final class ExportParts extends OutputStream {

    private static final int PART_BYTES = 1 << 20;

    private final ExportStore store;
    private final Export export;
    private final MessageDigest digest = Digests.sha256();
    private final ByteArrayOutputStream part = new ByteArrayOutputStream(PART_BYTES);
    private int parts;
    private long bytes;

    ExportParts(ExportStore store, Export export) {
        this.store = store;
        this.export = export;
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) {
        digest.update(from, offset, length);
        bytes += length;
        int at = offset;
        while (at < offset + length) {
            int fits = Math.min(PART_BYTES - part.size(), offset + length - at);
            part.write(from, at, fits);
            at += fits;
            if (part.size() == PART_BYTES) {
                keep();
            }
        }
    }

    private void keep() {
        store.append(export, parts, part.toByteArray());
        parts++;
        part.reset();
    }

    @Override
    public void close() {
        if (part.size() > 0) {
            keep();
        }
    }

    long bytes() {
        return bytes;
    }

    /** The digest of all of it; to be asked for once. */
    String sha256() {
        return Digests.hex(digest);
    }
}
