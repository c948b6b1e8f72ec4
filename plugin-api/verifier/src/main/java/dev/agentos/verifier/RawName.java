package dev.agentos.verifier;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

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
