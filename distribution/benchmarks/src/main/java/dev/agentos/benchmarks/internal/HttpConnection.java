package dev.agentos.benchmarks.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, as bare as HTTP/1.1 allows, so that the client is not what is measured: requests are bytes
 * that were made before, answers are read into one buffer, and the body is searched instead of parsed. It is kept open
 * from request to request unless the server closes it.
 */
public final class HttpConnection implements AutoCloseable {

    private static final int BUFFER = 16 * 1024;
    private static final String LENGTH = "content-length:";

    private final InetSocketAddress address;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;
    private @Nullable Socket socket;
    private byte[] body = new byte[BUFFER];
    private int bodySize;
    private int searched;
    private int status;
    private String head = "";
    private boolean chunked;
    private boolean closes;
    private int left;

    /** A connection that is made with the first request. */
    public HttpConnection(InetSocketAddress address) {
        this.address = address;
    }

    /** The bytes of a request; headers are lines without their end. */
    public static byte[] request(String method, String path, String body, String... headers) {
        var text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (var header : headers) {
            text.append(header).append("\r\n");
        }
        if (!body.isEmpty()) {
            text.append("Content-Type: application/json\r\n");
        }
        text.append("Content-Length: ")
                .append(body.getBytes(StandardCharsets.UTF_8).length)
                .append("\r\n\r\n")
                .append(body);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Sends a request and reads the head of the answer; the answer before must have been read to its end. */
    public int send(byte[] request) throws IOException {
        if (socket == null) {
            socket = new Socket(address.getAddress(), address.getPort());
            socket.setTcpNoDelay(true);
            at = 0;
            end = 0;
        }
        socket.getOutputStream().write(request);
        readHead(socket.getInputStream());
        return status;
    }

    /** Reads on until the body holds that text behind the place of the last one found; false if it ends before. */
    public boolean readUntil(byte[] text) throws IOException {
        while (true) {
            for (var from = searched; from <= bodySize - text.length; from++) {
                if (Arrays.equals(body, from, from + text.length, text, 0, text.length)) {
                    searched = from + text.length;
                    return true;
                }
            }
            searched = Math.max(searched, bodySize - text.length + 1);
            if (!readSome()) {
                return false;
            }
        }
    }

    /** Reads the rest of the body. */
    public void readToEnd() throws IOException {
        while (readSome()) {
            Thread.onSpinWait();
        }
    }

    /** The body as far as it was read. */
    public String body() {
        return new String(body, 0, bodySize, StandardCharsets.UTF_8);
    }

    /** The status line and the headers of the answer. */
    public String head() {
        return head;
    }

    private void readHead(InputStream in) throws IOException {
        head = "";
        var start = at;
        while (true) {
            var close = indexOfBlankLine(start);
            if (close >= 0) {
                head = new String(buffer, start, close - start, StandardCharsets.ISO_8859_1);
                at = close + 4;
                break;
            }
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                end -= start;
                start = 0;
            }
            fill(in);
        }
        var lower = head.toLowerCase(Locale.ROOT);
        status = Integer.parseInt(head.substring(9, 12));
        chunked = lower.contains("transfer-encoding: chunked");
        closes = lower.contains("connection: close");
        left = chunked ? 0 : length(lower);
        bodySize = 0;
        searched = 0;
    }

    private static int length(String lower) throws IOException {
        var place = lower.indexOf(LENGTH);
        if (place < 0) {
            throw new IOException("The answer has neither a length nor chunks: " + lower);
        }
        var close = lower.indexOf('\r', place);
        return Integer.parseInt(lower.substring(place + LENGTH.length(), close < 0 ? lower.length() : close)
                .strip());
    }

    private int indexOfBlankLine(int start) {
        for (var i = start; i + 3 < end; i++) {
            if (buffer[i] == '\r' && buffer[i + 1] == '\n' && buffer[i + 2] == '\r' && buffer[i + 3] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** Reads some bytes of the body; false at its end. */
    private boolean readSome() throws IOException {
        if (socket == null || left < 0) {
            return false;
        }
        var in = socket.getInputStream();
        if (left == 0) {
            left = chunked ? chunk(in) : 0;
            if (left == 0) {
                finish(in);
                return false;
            }
        }
        if (at == end) {
            at = 0;
            end = 0;
            fill(in);
        }
        var size = Math.min(left, end - at);
        if (bodySize + size > body.length) {
            body = Arrays.copyOf(body, 2 * (bodySize + size));
        }
        System.arraycopy(buffer, at, body, bodySize, size);
        bodySize += size;
        at += size;
        left -= size;
        return true;
    }

    private void finish(InputStream in) throws IOException {
        left = -1;
        if (chunked) {
            line(in);
        }
        if (closes) {
            close();
        }
    }

    private int chunk(InputStream in) throws IOException {
        // The end of the line behind a chunk may come with the next one only, so that it is not waited for before.
        if (bodySize > 0) {
            line(in);
        }
        var text = line(in);
        var semicolon = text.indexOf(';');
        return Integer.parseInt(semicolon < 0 ? text : text.substring(0, semicolon), 16);
    }

    private String line(InputStream in) throws IOException {
        var text = new StringBuilder();
        while (true) {
            if (at == end) {
                at = 0;
                end = 0;
                fill(in);
            }
            var next = buffer[at++];
            if (next == '\n') {
                return text.toString();
            }
            if (next != '\r') {
                text.append((char) next);
            }
        }
    }

    private void fill(InputStream in) throws IOException {
        if (end == buffer.length) {
            throw new IOException("The head of the answer is longer than " + buffer.length + " bytes");
        }
        var read = in.read(buffer, end, buffer.length - end);
        if (read < 0) {
            throw new EOFException("The server closed the connection");
        }
        end += read;
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
