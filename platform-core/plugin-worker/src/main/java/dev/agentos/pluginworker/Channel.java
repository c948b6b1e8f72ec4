package dev.agentos.pluginworker;

import dev.agentos.kernel.Json;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages over a pair of streams, each a head of 21 bytes (length, kind, id, call) and JSON in UTF-8. Many threads
 * send, one receives.
 */
final class Channel {

    private static final int MOST_BYTES = Json.MAX_DOCUMENT_BYTES;
    /** Small values in so many bytes would fill the heap of whoever reads them. */
    static final int MOST_VALUES = 1_000_000;

    private static final int HEAD = 21;

    private final DataInputStream in;
    private final DataOutputStream out;
    private final ReentrantLock sending = new ReentrantLock();

    Channel(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(out);
    }

    /** Whether a message is short enough to be sent, and has no more values than are read. */
    static boolean carries(Message message) {
        return message.json().length <= MOST_BYTES && values(message.json()) <= MOST_VALUES;
    }

    /**
     * How many values and names a reader of that JSON may come upon, by what stands before each of them. One in braces
     * of its own with nothing in it counts twice.
     */
    private static long values(byte[] json) {
        long values = 0;
        boolean text = false;
        for (int at = 0; at < json.length; at++) {
            switch (json[at]) {
                case '"' -> text = !text;
                case '\\' -> at += text ? 1 : 0;
                case '{', '[', ',', ':' -> values += text ? 0 : 1;
                default -> {
                    // Of a value.
                }
            }
        }
        return values;
    }

    void send(Message message) throws IOException {
        if (message.json().length > MOST_BYTES) {
            throw new IOException("A message of " + message.json().length + " bytes is too long");
        }
        sending.lock();
        try {
            byte[] whole = new byte[HEAD + message.json().length];
            ByteBuffer.wrap(whole)
                    .putInt(message.json().length)
                    .put((byte) message.kind().ordinal())
                    .putLong(message.id())
                    .putLong(message.call())
                    .put(message.json());
            out.write(whole);
            out.flush();
        } finally {
            sending.unlock();
        }
    }

    /**
     * The next message.
     *
     * @throws EOFException when the other end is gone
     * @throws IOException when what comes is no message
     */
    Message receive() throws IOException {
        int length = in.readInt();
        int kind = in.readUnsignedByte();
        long id = in.readLong();
        long call = in.readLong();
        if (length < 0 || length > MOST_BYTES || kind >= Message.Kind.END.ordinal()) {
            throw new IOException("What came is no message");
        }
        byte[] json = in.readNBytes(length);
        if (json.length < length) {
            throw new EOFException();
        }
        Message message = new Message(Message.Kind.values()[kind], id, call, json);
        if (!carries(message)) {
            throw new IOException("What came has more values than are read");
        }
        return message;
    }
}
