package dev.agentos.outbound;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;

/** A server on a loopback address that says what it is told, byte by byte, and remembers what it was asked. */
final class StubServer implements AutoCloseable {

    /** What the server does with one request. */
    @FunctionalInterface
    interface Answer {
        void write(String head, OutputStream out) throws IOException, InterruptedException;
    }

    /** The heads of the requests, with their bodies. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** Counted down when a client has hung up on an answer that was not over. */
    final CountDownLatch hungUp = new CountDownLatch(1);

    private final ServerSocket socket;
    private final Answer answer;

    StubServer(Answer answer) throws IOException {
        this(ServerSocketFactory.getDefault(), "127.0.0.1", answer);
    }

    StubServer(ServerSocketFactory sockets, String address, Answer answer) throws IOException {
        this.socket = sockets.createServerSocket(0, 50, InetAddress.ofLiteral(address));
        this.answer = answer;
        Thread.ofVirtual().start(this::accept);
    }

    /** A server that answers every request with that text. */
    static StubServer saying(String body) throws IOException {
        return new StubServer((head, out) -> out.write(ok(body)));
    }

    static byte[] ok(String body) {
        return ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] redirect(int status, String location) {
        return ("HTTP/1.1 " + status + " Elsewhere\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    int port() {
        return socket.getLocalPort();
    }

    void awaitHangUp() throws InterruptedException {
        if (!hungUp.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("The client kept the connection open");
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            String head = read(new BufferedInputStream(connection.getInputStream()));
            requests.add(head);
            answer.write(head, connection.getOutputStream());
            connection.getOutputStream().flush();
        } catch (IOException e) {
            hungUp.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("The client said nothing");
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int length = text.lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
        return text + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
