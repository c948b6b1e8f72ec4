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
import java.util.SortedSet;
import java.util.TreeSet;

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

    /** Returns the path of every module with sources, as in {@code platform-core/kernel}, sorted. */
    SortedSet<String> modules() throws IOException {
        var modules = new TreeSet<String>();
        for (var file : javaFiles()) {
            var name = name(file);
            var end = Math.max(name.indexOf("/src/main/java/"), name.indexOf("/src/test/java/"));
            if (end > 0 && !standsAlone(root.resolve(name.substring(0, end)))) {
                modules.add(name.substring(0, end));
            }
        }
        return modules;
    }

    /** Whether a project is built as an author builds his, against an installation, and not with this tree. */
    private static boolean standsAlone(Path project) throws IOException {
        var pom = project.resolve("pom.xml");
        return Files.exists(pom) && Files.readString(pom).contains("<artifactId>agentos-plugin-parent</artifactId>");
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
