package evil;

import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A folder that the host has filled: files f0, f1 …, folders d0, d1 …, an archive a.zip; and the ports of a server. */
final class Place {
    final Path folder;
    final int port;
    private static final AtomicInteger NEXT = new AtomicInteger();

    Place(String folder, int port) {
        this.folder = Path.of(folder);
        this.port = port;
    }

    Path path() {
        return folder.resolve("f" + NEXT.getAndIncrement() % 4000);
    }

    String name() {
        return path().toString();
    }

    File file() {
        return new File(name());
    }

    Path missing() {
        return folder.resolve("m" + NEXT.getAndIncrement());
    }

    Path directory() {
        return folder.resolve("d" + NEXT.getAndIncrement() % 1000);
    }

    Path zip() {
        return folder.resolve("a.zip");
    }

    String http() {
        return "http://127.0.0.1:" + port + "/";
    }
}
