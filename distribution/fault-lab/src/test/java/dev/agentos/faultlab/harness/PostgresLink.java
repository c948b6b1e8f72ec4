package dev.agentos.faultlab.harness;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection through a {@link FaultProxy}. It reads PostgreSQL's protocol message by message, as far as is needed
 * to know which statement is executed and when its transaction has ended.
 */
final class PostgresLink {

    private static final int SSL_REQUEST = 80_877_103;
    private static final int GSS_REQUEST = 80_877_104;

    private final FaultProxy proxy;
    private final Socket client;
    private final Socket server;
    private final Map<String, String> statements = new HashMap<>();
    private final Map<String, String> portals = new HashMap<>();
    private volatile boolean plainByteExpected;

    PostgresLink(FaultProxy proxy, Socket client, Socket server) throws IOException {
        this.proxy = proxy;
        this.client = client;
        this.server = server;
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
    }

    void carry() {
        Thread.ofVirtual().start(() -> guarded(this::requests));
        Thread.ofVirtual().start(() -> guarded(this::answers));
    }

    @FunctionalInterface
    private interface Pump {
        void run() throws IOException, InterruptedException;
    }

    private void guarded(Pump pump) {
        try {
            pump.run();
        } catch (IOException e) {
            // One side is gone; so is the other.
            cut();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void requests() throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream(), 1 << 16));
        OutputStream out = new BufferedOutputStream(server.getOutputStream(), 1 << 16);
        boolean started = false;
        while (true) {
            byte[] message = started ? typed(in.read(), in) : untyped(in);
            if (message.length == 0) {
                server.close();
                return;
            }
            if (started) {
                look(message);
            } else {
                int code = integer(message, 4);
                boolean question = code == SSL_REQUEST || code == GSS_REQUEST;
                plainByteExpected = question;
                started = !question;
            }
            proxy.awaitPassage();
            out.write(message);
            if (in.available() == 0) {
                out.flush();
            }
        }
    }

    private void answers() throws IOException, InterruptedException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(server.getInputStream(), 1 << 16));
        OutputStream out = new BufferedOutputStream(client.getOutputStream(), 1 << 16);
        while (true) {
            byte[] message = answer(in);
            if (message.length == 0) {
                client.close();
                return;
            }
            Trap trap = proxy.trap();
            if (trap != null && trap.watches(this) && message.length > 1) {
                if (committed(message)) {
                    trap.spring();
                    cut();
                    return;
                } else if (message[0] == 'E'
                        || (message[0] == 'C' && text(message, 5).equals("ROLLBACK"))) {
                    trap.missed();
                }
            }
            proxy.awaitPassage();
            out.write(message);
            proxy.throttle(message.length);
            if (in.available() == 0) {
                out.flush();
            }
        }
    }

    /** A message, or the single letter that answers the question for encryption; empty at the end. */
    private byte[] answer(DataInputStream in) throws IOException {
        int type = in.read();
        if (plainByteExpected && type >= 0) {
            plainByteExpected = false;
            return new byte[] {(byte) type};
        }
        return typed(type, in);
    }

    /** Either the word of the commit itself, or of a statement that was a transaction of its own. */
    private static boolean committed(byte[] message) {
        return switch (message[0]) {
            case 'C' -> text(message, 5).equals("COMMIT");
            case 'Z' -> message[5] == 'I';
            default -> false;
        };
    }

    private void look(byte[] message) {
        switch (message[0]) {
            case 'P' -> {
                String name = text(message, 5);
                statements.put(name, text(message, 5 + bytes(name) + 1));
            }
            case 'B' -> {
                String portal = text(message, 5);
                String name = text(message, 5 + bytes(portal) + 1);
                portals.put(portal, statements.getOrDefault(name, ""));
            }
            case 'E' -> executed(portals.getOrDefault(text(message, 5), ""));
            case 'Q' -> executed(text(message, 5));
            default -> {
                // Says nothing about what is executed.
            }
        }
    }

    private void executed(String statement) {
        Trap trap = proxy.trap();
        if (trap != null) {
            trap.begins(this, statement);
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String text(byte[] message, int from) {
        int end = from;
        while (end < message.length && message[end] != 0) {
            end++;
        }
        return new String(message, from, end - from, StandardCharsets.UTF_8);
    }

    private static int integer(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | (bytes[at + 3] & 0xFF);
    }

    /** A message with its type; empty at the end. */
    private static byte[] typed(int type, DataInputStream in) throws IOException {
        if (type < 0) {
            return new byte[0];
        }
        int length = in.readInt();
        byte[] message = new byte[length + 1];
        message[0] = (byte) type;
        putLength(message, 1, length);
        in.readFully(message, 5, length - 4);
        return message;
    }

    /** The messages before the first typed one; empty at the end. */
    private static byte[] untyped(DataInputStream in) throws IOException {
        try {
            int length = in.readInt();
            byte[] message = new byte[length];
            putLength(message, 0, length);
            in.readFully(message, 4, length - 4);
            return message;
        } catch (EOFException e) {
            return new byte[0];
        }
    }

    private static void putLength(byte[] message, int at, int length) {
        message[at] = (byte) (length >>> 24);
        message[at + 1] = (byte) (length >>> 16);
        message[at + 2] = (byte) (length >>> 8);
        message[at + 3] = (byte) length;
    }

    void halfClose() {
        try {
            client.shutdownOutput();
        } catch (IOException e) {
            cut();
        }
    }

    void cut() {
        proxy.forget(this);
        reset(client);
        reset(server);
    }

    /** Closes a socket so that the other side gets a reset. */
    static void reset(@Nullable Socket socket) {
        if (socket != null) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                // It is closed already.
            }
        }
    }
}
