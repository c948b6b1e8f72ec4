package dev.agentos.verifier;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads a ZIP archive by its central directory, strictly: the archive is refused as soon as two readers could see
 * different things in it. It is our own reader because {@link java.util.zip.ZipFile} hides what must be checked.
 */
final class Archive {

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int END_LENGTH = 22;
    private static final int CENTRAL_LENGTH = 46;
    private static final int MAX_COMMENT = 0xFFFF;
    private static final int MAX_DIRECTORY_BYTES = 16 << 20;
    private static final long ZIP64_MARK = 0xFFFFFFFFL;
    private static final String REBUILD = "Build the JAR again with a current build tool.";

    private final FileChannel channel;
    private final long length;
    private final long directoryOffset;
    private final List<ArchiveEntry> entries;

    private Archive(FileChannel channel, long length, long directoryOffset, List<ArchiveEntry> entries) {
        this.channel = channel;
        this.length = length;
        this.directoryOffset = directoryOffset;
        this.entries = entries;
    }

    /** Reads the central directory. */
    static Archive open(FileChannel channel, String where, Budget budget)
            throws IOException, MalformedArchiveException {
        long length = channel.size();
        int tailLength = (int) Math.min(length, END_LENGTH + MAX_COMMENT);
        ByteBuffer tail = read(channel, length - tailLength, tailLength);
        for (int at = tailLength - END_LENGTH; at >= 0; at--) {
            if (tail.getInt(at) == END_SIGNATURE && u16(tail, at + 20) == tailLength - END_LENGTH - at) {
                return open(channel, where, budget, tail.slice(at, END_LENGTH).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        throw malformed(where + " is not a JAR, or is cut off: it has no end-of-archive record.");
    }

    private static Archive open(FileChannel channel, String where, Budget budget, ByteBuffer end)
            throws IOException, MalformedArchiveException {
        long endOffset = endOffset(channel, end);
        int count = u16(end, 10);
        long directoryLength = u32(end, 12);
        long directoryOffset = u32(end, 16);
        if (count == 0xFFFF || directoryLength == ZIP64_MARK || directoryOffset == ZIP64_MARK) {
            throw new MalformedArchiveException(
                    "JAR004", where + " is in the ZIP64 form, which only oversized archives need.", "Make it smaller.");
        }
        if (u16(end, 4) != 0 || u16(end, 6) != 0 || u16(end, 8) != count) {
            throw malformed(where + " claims to be one part of a split archive.");
        }
        if (directoryOffset + directoryLength != endOffset) {
            throw malformed(where + " has its central directory at byte " + directoryOffset + " with " + directoryLength
                    + " bytes, which does not end where the end-of-archive record starts (" + endOffset + ").");
        }
        if (!budget.takeEntries(count) || directoryLength > MAX_DIRECTORY_BYTES) {
            throw new MalformedArchiveException(
                    "JAR004",
                    where + " has " + count + " entries; a plugin with all its libraries has at most "
                            + budget.limits().entries() + ".",
                    "Leave out what the plugin does not need.");
        }
        ByteBuffer directory = read(channel, directoryOffset, (int) directoryLength);
        List<ArchiveEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(centralEntry(directory, where));
        }
        if (directory.hasRemaining()) {
            throw malformed(where + " counts " + count + " entries, but its central directory holds more.");
        }
        return new Archive(channel, channel.size(), directoryOffset, entries);
    }

    private static long endOffset(FileChannel channel, ByteBuffer end) throws IOException {
        return channel.size() - END_LENGTH - u16(end, 20);
    }

    private static ArchiveEntry centralEntry(ByteBuffer directory, String where) throws MalformedArchiveException {
        int at = directory.position();
        if (directory.remaining() < CENTRAL_LENGTH || directory.getInt(at) != CENTRAL_SIGNATURE) {
            throw malformed(where + " has a damaged central directory at its byte " + at + ".");
        }
        int nameLength = u16(directory, at + 28);
        int total = CENTRAL_LENGTH + nameLength + u16(directory, at + 30) + u16(directory, at + 32);
        if (directory.remaining() < total) {
            throw malformed(where + " has a central directory that ends inside an entry.");
        }
        byte[] name = new byte[nameLength];
        directory.get(at + CENTRAL_LENGTH, name);
        directory.position(at + total);
        ArchiveEntry.RawName raw = new ArchiveEntry.RawName(name);
        String path = raw.decoded()
                .orElseThrow(() -> new MalformedArchiveException(
                        "JAR002",
                        where + " has an entry whose path is not UTF-8 text.",
                        "Name files in plain letters, and build with UTF-8."));
        int unixMode = (int) (u32(directory, at + 38) >>> 16);
        return new ArchiveEntry(
                path,
                raw,
                u16(directory, at + 8),
                u16(directory, at + 10),
                u32(directory, at + 16),
                u32(directory, at + 20),
                u32(directory, at + 24),
                unixMode,
                u32(directory, at + 42),
                0);
    }

    /** The entries in the order of the central directory, without the place of their bytes. */
    List<ArchiveEntry> entries() {
        return entries;
    }

    long directoryOffset() {
        return directoryOffset;
    }

    /** Bytes of the archive; little-endian. */
    ByteBuffer read(long offset, int count) throws IOException, MalformedArchiveException {
        if (offset < 0 || offset + count > length) {
            throw malformed("Bytes " + offset + " to " + (offset + count) + " are outside the archive.");
        }
        return read(channel, offset, count);
    }

    /**
     * Writes the uncompressed contents of an entry.
     *
     * @throws MalformedArchiveException if they are not what the directory says in size and checksum
     */
    void copy(ArchiveEntry entry, OutputStream out) throws IOException, MalformedArchiveException {
        CRC32 crc = new CRC32();
        long written = entry.method() == ArchiveEntry.STORED ? copyStored(entry, out, crc) : inflate(entry, out, crc);
        if (written != entry.size() || crc.getValue() != entry.crc()) {
            throw malformed("The contents of " + entry.name() + " do not have the size and checksum that are noted.");
        }
    }

    private long copyStored(ArchiveEntry entry, OutputStream out, CRC32 crc)
            throws IOException, MalformedArchiveException {
        long done = 0;
        while (done < entry.compressedSize()) {
            byte[] bytes = read(entry.dataOffset() + done, (int) Math.min(1 << 16, entry.compressedSize() - done))
                    .array();
            crc.update(bytes);
            out.write(bytes);
            done += bytes.length;
        }
        return done;
    }

    private long inflate(ArchiveEntry entry, OutputStream out, CRC32 crc)
            throws IOException, MalformedArchiveException {
        byte[] buffer = new byte[1 << 16];
        long taken = 0;
        long written = 0;
        try (Inflater inflater = new Inflater(true)) {
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                written += count;
                if (written > entry.size() || inflater.needsDictionary()) {
                    throw malformed("The contents of " + entry.name() + " are longer than noted.");
                }
                crc.update(buffer, 0, count);
                out.write(buffer, 0, count);
                if (count == 0 && !inflater.finished() && inflater.needsInput()) {
                    int next = (int) Math.min(1 << 16, entry.compressedSize() - taken);
                    if (next == 0) {
                        throw malformed("The contents of " + entry.name() + " are cut off.");
                    }
                    inflater.setInput(read(entry.dataOffset() + taken, next).array());
                    taken += next;
                }
            }
            if (taken - inflater.getRemaining() != entry.compressedSize()) {
                throw malformed("There are spare bytes behind the contents of " + entry.name() + ".");
            }
        } catch (DataFormatException e) {
            throw malformed("The contents of " + entry.name() + " are not valid deflate data.");
        }
        return written;
    }

    private static ByteBuffer read(FileChannel channel, long offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException("The file became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    static int u16(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt(buffer.getShort(at));
    }

    static long u32(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at));
    }

    private static MalformedArchiveException malformed(String message) {
        return new MalformedArchiveException("JAR001", message, REBUILD);
    }
}
