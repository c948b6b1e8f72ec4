package dev.agentos.cli.authoring;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files from which a plugin is built, as they were at one moment. */
record PluginSources(Map<Path, String> stamps, Set<Path> java, Set<String> shape) {

    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([\\w.]+)\\.(?:\\w+|\\*);");
    private static final Pattern EXTENSION = Pattern.compile("(?m)^@AgentOsExtension");
    /** What editors keep beside a file while they write it. */
    private static final Pattern OF_EDITORS =
            Pattern.compile(".*~|#.*#|\\.#.*|\\..*\\.sw[a-z]|4913|.*___jb_(tmp|old)___");

    /** Looks at a project's directory. */
    static PluginSources in(Path project) throws IOException {
        var stamps = new TreeMap<Path, String>();
        var java = new TreeSet<Path>();
        var shape = new TreeSet<String>();
        for (var name : new String[] {"pom.xml", "bnd.bnd", "README.md"}) {
            stamp(project.resolve(name), stamps);
            shape.add(name + " " + stamps.get(project.resolve(name)));
        }
        var sources = project.resolve("src/main");
        if (!Files.isDirectory(sources)) {
            return new PluginSources(stamps, java, shape);
        }
        for (var file : files(sources)) {
            if (!file.startsWith(sources.resolve("java"))) {
                stamp(file, stamps);
                shape.add(file + " " + stamps.get(file));
            } else if (file.toString().endsWith(".java") && shape(file, shape)) {
                // Of what else is there a build takes nothing.
                stamp(file, stamps);
                java.add(file);
            }
        }
        return new PluginSources(stamps, java, shape);
    }

    /** What is there, while somebody may be writing and renaming. */
    private static Set<Path> files(Path directory) throws IOException {
        var found = new TreeSet<Path>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (Files.isRegularFile(file)
                        && !OF_EDITORS.matcher(file.getFileName().toString()).matches()) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    private static void stamp(Path file, Map<Path, String> stamps) throws IOException {
        try {
            stamps.put(file, Files.getLastModifiedTime(file) + " " + Files.size(file));
        } catch (NoSuchFileException gone) {
            stamps.put(file, "none");
        }
    }

    /**
     * What of a source decides about more than its own classes: imported packages, and being an extension.
     *
     * @return false when it is gone meanwhile
     */
    private static boolean shape(Path file, Set<String> shape) throws IOException {
        String text;
        try {
            // Whatever it is written in; the compiler says what is wrong with that.
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException gone) {
            return false;
        }
        var imports = IMPORT.matcher(text);
        while (imports.find()) {
            if (!imports.group(1).startsWith("java.")) {
                shape.add("imports " + imports.group(1));
            }
        }
        if (EXTENSION.matcher(text).find()) {
            shape.add("extension " + file);
        }
        return true;
    }

    /** Whether the manifest, the index of extensions and all that is no class stay as they are. */
    boolean sameShape(PluginSources other) {
        return shape.equals(other.shape);
    }

    boolean sameAs(PluginSources other) {
        return stamps.equals(other.stamps);
    }
}
