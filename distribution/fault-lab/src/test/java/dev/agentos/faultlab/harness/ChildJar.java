package dev.agentos.faultlab.harness;

import dev.agentos.faultlab.child.FaultyServer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** Packs the classes that run inside a server: an archive of loaded classes takes JARs, not folders. */
final class ChildJar {

    private ChildJar() {}

    static void write(Path file) throws IOException {
        Path classes = location();
        Path child = classes.resolve(FaultyServer.class.getPackageName().replace('.', '/'));
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file));
                Stream<Path> files = Files.list(child)) {
            List<Path> sorted = files.sorted().toList();
            for (Path one : sorted) {
                jar.putNextEntry(new JarEntry(classes.relativize(one).toString()));
                Files.copy(one, jar);
                jar.closeEntry();
            }
        }
    }

    private static Path location() {
        try {
            return Path.of(FaultyServer.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
