package dev.agentos.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** What the evil plugin tries its ways on: a folder with files of all kinds, and a server that answers. */
public final class EvilPlace {

    private EvilPlace() {}

    /**
     * Fills a folder.
     *
     * @param files how many files and folders of each kind there are to try things on
     */
    public static Path fill(Path folder, int files) throws IOException {
        for (int i = 0; i < files; i++) {
            Files.writeString(folder.resolve("f" + i), "secret\n");
            Files.writeString(folder.resolve("x" + i), "");
            Files.writeString(folder.resolve("y" + i), "");
        }
        for (int i = 0; i < Math.min(files, 1_000); i++) {
            Files.createDirectories(folder.resolve("d" + i));
        }
        for (int i = 0; i < Math.min(files, 100); i++) {
            Files.writeString(
                    Files.createDirectories(folder.resolve("nested/n" + i)).resolve("f"), "secret\n");
        }
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("f0"));
        Path marked = Files.writeString(folder.resolve("marked"), "");
        Files.getFileAttributeView(marked, UserDefinedFileAttributeView.class)
                .write("mark", ByteBuffer.wrap(new byte[3]));
        Files.writeString(folder.resolve("a.xml"), "<a/>");
        Files.writeString(folder.resolve("a.json"), "{}");
        for (String name : List.of("a.zip", "open.zip", "warm.zip")) {
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(folder.resolve(name)))) {
                zip.putNextEntry(new ZipEntry("e.txt"));
                zip.write('e');
            }
        }
        // What this process has opened is open for nobody else.
        FileSystems.newFileSystem(URI.create("jar:" + folder.resolve("open.zip").toUri()), Map.of());
        URI warm = URI.create("jar:" + folder.resolve("warm.zip").toUri() + "!/e.txt");
        try (InputStream in = warm.toURL().openStream()) {
            in.read();
        }
        try (OutputStream out = Files.newOutputStream(folder.resolve("k.p12"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, "changeit".toCharArray());
            store.store(out, "changeit".toCharArray());
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return folder;
    }

    /**
     * Answers every request; one to {@code /to/n} leads on to port n, one to {@code /kept} says how many there were on
     * its connection, which stays open.
     */
    public static ServerSocket serve() throws IOException {
        ServerSocket server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread.ofVirtual().start(() -> answer(socket));
                } catch (IOException e) {
                    return;
                }
            }
        });
        return server;
    }

    /** The head of the next request; empty for whoever speaks another protocol, as to a proxy, or is gone. */
    private static String request(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next <= 5) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void answer(Socket socket) {
        try (socket) {
            socket.setSoTimeout(2_000);
            String request = request(socket.getInputStream());
            for (int times = 1; request.startsWith("GET /kept "); times++) {
                socket.getOutputStream()
                        .write(("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n"
                                        + Math.min(times, 9))
                                .getBytes(StandardCharsets.US_ASCII));
                request = request(socket.getInputStream());
            }
            if (request.isEmpty()) {
                return;
            }
            int to = request.indexOf(" /to/");
            String head = to < 0
                    ? "HTTP/1.1 200 OK\r\n"
                    : "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:"
                            + request.substring(to + 5, request.indexOf(" ", to + 5))
                            + "/\r\n";
            socket.getOutputStream()
                    .write((head + "Content-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The client is gone.
        }
    }
}
