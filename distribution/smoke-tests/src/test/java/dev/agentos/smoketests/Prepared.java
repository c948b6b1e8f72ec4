package dev.agentos.smoketests;

import dev.agentos.kernel.Ids;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.DatabaseConfig;
import dev.agentos.postgres.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is done once for all tests, because each would do it again: the caches of loaded classes, which the launcher
 * makes after a build; a database that is unpacked, initialised and migrated, and that no server has used; and a data
 * directory that a server has left whose console was installed, and that nobody else has used. One process does it
 * while the others wait.
 */
final class Prepared {

    private static final long LONGEST_WARM_UP_SECONDS = 600;
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Path DATABASE = TARGET.resolve("database");
    private static final Path DATA = TARGET.resolve("data");

    private Prepared() {}

    private static final class Once {
        static {
            try {
                Files.createDirectories(TARGET);
                try (FileChannel channel = FileChannel.open(
                                TARGET.resolve("prepared.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock held = channel.lock()) {
                    makeCaches(held);
                    makeDatabase(held);
                    makeData(held);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /** Has this class initialised. */
        static void await() {}
    }

    /** Returns when servers and commands start quickly. */
    static void caches() {
        Once.await();
    }

    /** Gives a data directory that has no database yet a copy of the prepared one. */
    static void database(Path dataDirectory) throws IOException, InterruptedException {
        Once.await();
        Path copy = dataDirectory.resolve("postgres");
        if (!Files.exists(copy)) {
            Files.createDirectories(dataDirectory);
            run("cp", "-a", DATABASE.resolve("postgres").toString(), copy.toString());
        }
    }

    /** Makes a data directory that does not exist yet a copy of what a server leaves after its first start. */
    static void data(Path dataDirectory) throws IOException, InterruptedException {
        Once.await();
        if (!Files.exists(dataDirectory.resolve("postgres"))) {
            Files.createDirectories(dataDirectory);
            run("cp", "-a", DATA.resolve("left") + "/.", dataDirectory.toString());
        }
    }

    private static void makeCaches(FileLock held) throws IOException, InterruptedException {
        Path mark = ServerProcess.HOME.resolve(".warm");
        String java = Files.readString(Path.of(System.getProperty("java.home"), "release"));
        if (held.isValid() && !says(mark, java)) {
            Path directory = Files.createTempDirectory("agentos-warm-up-");
            List<String> command = List.of(Launcher.CHECKOUT.resolve("agentos").toString(), "warm-up");
            new Launcher(directory, 0).finish(command, LONGEST_WARM_UP_SECONDS).expect(0);
            run("rm", "-r", directory.toString());
            Files.writeString(mark, java);
        }
    }

    private static void makeDatabase(FileLock held) throws IOException, InterruptedException {
        Path mark = DATABASE.resolve("made-by");
        String makers = makers("lib", "agentos-(persistence|postgres)-.*");
        if (held.isValid() && !says(mark, makers)) {
            run("rm", "-rf", DATABASE.toString());
            Files.createDirectory(DATABASE);
            // PostgreSQL must reach it where it is made, as another user if need be.
            Path directory = Files.createTempDirectory("agentos-database-");
            try (DataDirectory data = DataDirectory.open(directory, Ids.system())) {
                Database.open(new DatabaseConfig.Embedded(data), Ids.system()).close();
            }
            run("cp", "-a", directory.resolve("postgres").toString(), DATABASE.toString());
            run("rm", "-r", directory.toString());
            Files.writeString(mark, makers);
        }
    }

    private static void makeData(FileLock held) throws IOException, InterruptedException {
        Path mark = DATA.resolve("made-by");
        String makers = makers("registry/releases", ".*") + makers("lib", "agentos-.*");
        if (held.isValid() && !says(mark, makers)) {
            run("rm", "-rf", DATA.toString());
            Files.createDirectory(DATA);
            Path directory = Files.createTempDirectory("agentos-data-");
            run("cp", "-a", DATABASE.resolve("postgres").toString(), directory.toString());
            try (ServerProcess server = ServerProcess.start(List.of(), directory)) {
                if (Files.exists(ServerProcess.HOME.resolve("registry/index/console.json"))) {
                    BrowserScript.awaitConsole(server.address());
                }
            }
            run("cp", "-a", directory.toString(), DATA.resolve("left").toString());
            run("rm", "-r", directory.toString());
            Files.writeString(mark, makers);
        }
    }

    /** What of a folder of the distribution makes something, and when it was built. */
    private static String makers(String folder, String names) throws IOException {
        try (Stream<Path> files = Files.walk(ServerProcess.HOME.resolve(folder))) {
            return files.filter(file -> file.getFileName().toString().matches(names))
                    .map(file -> file + " " + file.toFile().lastModified())
                    .sorted()
                    .collect(Collectors.joining("\n"));
        }
    }

    private static boolean says(Path file, String text) throws IOException {
        return Files.exists(file) && Files.readString(file).equals(text);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (code != 0) {
            throw new IOException(List.of(command) + " ended with exit code " + code);
        }
    }
}
