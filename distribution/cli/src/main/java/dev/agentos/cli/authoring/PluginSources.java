package dev.agentos.cli.authoring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The files from which a plugin is built, as they were at one moment. */
record PluginSources(Map<Path, String> stamps, Set<Path> java, Set<String> shape) {

    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([\\w.]+)\\.(?:\\w+|\\*);");
    private static final Pattern EXTENSION = Pattern.compile("(?m)^@AgentOsExtension");

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
        try (var files = Files.walk(sources)) {
            for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                stamp(file, stamps);
                if (file.toString().endsWith(".java")) {
                    java.add(file);
                    shape(file, shape);
                } else {
                    shape.add(file + " " + stamps.get(file));
                }
            }
        } catch (UncheckedIOException changing) {
            throw changing.getCause();
        }
        return new PluginSources(stamps, java, shape);
    }

    private static void stamp(Path file, Map<Path, String> stamps) throws IOException {
        try {
            stamps.put(file, Files.getLastModifiedTime(file) + " " + Files.size(file));
        } catch (NoSuchFileException gone) {
            stamps.put(file, "none");
        }
    }

    /** What of a source decides about more than its own classes: imported packages, and being an extension. */
    private static void shape(Path file, Set<String> shape) throws IOException {
        var text = Files.readString(file);
        var imports = IMPORT.matcher(text);
        while (imports.find()) {
            if (!imports.group(1).startsWith("java.")) {
                shape.add("imports " + imports.group(1));
            }
        }
        if (EXTENSION.matcher(text).find()) {
            shape.add("extension " + file);
        }
    }

    /** Whether the manifest, the index of extensions and all that is no class stay as they are. */
    boolean sameShape(PluginSources other) {
        return shape.equals(other.shape);
    }

    boolean sameAs(PluginSources other) {
        return stamps.equals(other.stamps);
    }
}
