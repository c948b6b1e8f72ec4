package dev.agentos.verifier;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Compiles Java source with the platform's own compiler, so that tests read what authors' builds write. */
final class Sources {

    private Sources() {}

    /** The class files of those sources, by their paths in a JAR. */
    static Map<String, byte[]> compile(Path work, Map<String, String> sources) {
        if (sources.isEmpty()) {
            return Map.of();
        }
        try {
            Path out = Files.createTempDirectory(work, "classes");
            Path in = Files.createTempDirectory(work, "sources");
            List<String> arguments =
                    new ArrayList<>(List.of("-proc:none", "-Xlint:none", "-nowarn", "-d", out.toString()));
            arguments.addAll(List.of("--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"));
            for (Map.Entry<String, String> source : sources.entrySet()) {
                Path file = in.resolve(source.getKey().replace('.', '/') + ".java");
                Files.createDirectories(file.getParent());
                arguments.add(Files.writeString(file, source.getValue()).toString());
            }
            StringWriter said = new StringWriter();
            var compiler = ToolProvider.getSystemJavaCompiler();
            var files = compiler.getStandardFileManager(null, null, null);
            List<Path> units = arguments.stream()
                    .filter(argument -> argument.endsWith(".java"))
                    .map(Path::of)
                    .toList();
            List<String> options = arguments.stream()
                    .filter(argument -> !argument.endsWith(".java"))
                    .toList();
            boolean compiled = compiler.getTask(
                            said, files, null, options, null, files.getJavaFileObjectsFromPaths(units))
                    .call();
            if (!compiled) {
                throw new IllegalArgumentException(said.toString());
            }
            Map<String, byte[]> classes = new LinkedHashMap<>();
            try (Stream<Path> found = Files.walk(out)) {
                for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
                    classes.put(out.relativize(file).toString(), Files.readAllBytes(file));
                }
            }
            return classes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
