package dev.agentos.architecturetests;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** The repository's files, without what the build or an editor generates. */
record SourceTree(Path root) {
    private static final Set<String> GENERATED = Set.of("target", "node_modules", "archetype-resources");

    /** Finds the repository that holds a directory: the highest ancestor whose pom.xml belongs to it. */
    static SourceTree containing(Path directory) {
        var root = directory.toAbsolutePath().normalize();
        for (var parent = root.getParent();
                parent != null && Files.exists(parent.resolve("pom.xml"));
                parent = parent.getParent()) {
            root = parent;
        }
        return new SourceTree(root);
    }

    /** Returns every Java source file of the repository, sorted. */
    List<Path> javaFiles() throws IOException {
        return javaFiles(List.of(root));
    }

    /** Returns every Java source file below some files or directories, sorted. */
    static List<Path> javaFiles(List<Path> roots) throws IOException {
        var found = new ArrayList<Path>();
        for (var root : roots) {
            collect(root, found);
        }
        Collections.sort(found);
        return found;
    }

    private static void collect(Path root, List<Path> found) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                var name = directory.getFileName().toString();
                var skipped = !directory.equals(root) && (GENERATED.contains(name) || name.startsWith("."));
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java")) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Names a file as people write it: relative to the root, with forward slashes. */
    String name(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }
}
