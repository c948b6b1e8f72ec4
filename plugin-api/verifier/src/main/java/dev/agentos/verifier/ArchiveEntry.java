package dev.agentos.verifier;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One entry as the central directory describes it.
 *
 * @param name its path
 * @param rawName the bytes of the path
 * @param flags general purpose bits
 * @param method 0 stored, 8 deflated
 * @param crc CRC-32 of the contents
 * @param compressedSize bytes in the archive
 * @param size bytes when uncompressed
 * @param unixMode file type and permission bits, 0 when the archive has none
 * @param headerOffset where its local header starts
 * @param dataOffset where its bytes start; 0 until the local header was read
 */
record ArchiveEntry(
        String name,
        RawName rawName,
        int flags,
        int method,
        long crc,
        long compressedSize,
        long size,
        int unixMode,
        long headerOffset,
        long dataOffset) {

    static final int STORED = 0;
    static final int DEFLATED = 8;

    private static final int FLAG_ENCRYPTED = 1;
    private static final int FLAG_DESCRIPTOR = 8;

    boolean isDirectory() {
        return name.endsWith("/");
    }

    boolean isEncrypted() {
        return (flags & FLAG_ENCRYPTED) != 0;
    }

    boolean hasDescriptor() {
        return (flags & FLAG_DESCRIPTOR) != 0;
    }

    ArchiveEntry at(long offset) {
        return new ArchiveEntry(
                name, rawName, flags, method, crc, compressedSize, size, unixMode, headerOffset, offset);
    }

    /** The bytes of an entry's path as they stand in the archive; not to be changed. */
    @SuppressWarnings("ArrayRecordComponent")
    record RawName(byte[] bytes) {

        /** The path, when the bytes are UTF-8. */
        Optional<String> decoded() {
            try {
                return Optional.of(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString());
            } catch (CharacterCodingException e) {
                return Optional.empty();
            }
        }
    }
}
