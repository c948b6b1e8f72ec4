package dev.agentos.cli.authoring;

import dev.agentos.cli.client.CliException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Builds a plugin again and again. Maven builds it first, and whenever something else than the inside of classes has
 * changed; the rest of the time the compiler in this process replaces the classes in Maven's JAR, which is much
 * quicker.
 */
public final class PluginBuild {

    private static final String CLASSPATH = "target/development.classpath";
    private static final String DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0";

    private final Path project;
    private @Nullable PluginSources built;
    private @Nullable PluginSources whole;

    /** Builds the plugin of a directory with a {@code pom.xml}. */
    public PluginBuild(Path project) {
        this.project = project.toAbsolutePath().normalize();
    }

    /** The JAR, if anything has changed since the last build, be it a failed one. */
    public Optional<Path> build() throws IOException, InterruptedException, BuildFailedException {
        var now = PluginSources.in(project);
        if (built != null && built.sameAs(now)) {
            return Optional.empty();
        }
        built = now;
        // Somebody may have cleaned up meanwhile.
        if (whole == null || !whole.sameShape(now) || !Files.exists(project.resolve(CLASSPATH))) {
            whole = null;
            maven();
            whole = now;
            return Optional.of(jar());
        }
        return Optional.of(quick(now));
    }

    private void maven() throws IOException, InterruptedException, BuildFailedException {
        var log = Files.createTempFile("agentos-build", ".log");
        try {
            var builder = new ProcessBuilder(
                            "mvn",
                            "-q",
                            "-B",
                            "-DskipTests",
                            "package",
                            DEPENDENCY_PLUGIN + ":build-classpath",
                            "-Dmdep.outputFile=" + project.resolve(CLASSPATH),
                            "-Dmdep.includeScope=compile")
                    .directory(project.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            // Maven may run on another Java; its toolchains find this one.
            builder.environment().put("JAVA25_HOME", System.getProperty("java.home"));
            if (start(builder).waitFor() != 0) {
                var lines = Files.readAllLines(log);
                throw new BuildFailedException(lines.stream()
                        .filter(line -> line.contains("ERROR"))
                        .limit(20)
                        .collect(Collectors.joining("\n")));
            }
        } finally {
            Files.deleteIfExists(log);
        }
    }

    private static Process start(ProcessBuilder maven) {
        try {
            return maven.start();
        } catch (IOException failure) {
            throw new CliException(
                    CliException.UNAVAILABLE,
                    "Maven cannot be started: " + failure.getMessage() + ".\nBuilding needs Maven on the PATH.");
        }
    }

    private Path jar() throws IOException, BuildFailedException {
        try (var files = Files.list(project.resolve("target"))) {
            var jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .filter(file -> !file.toString().matches(".*-(sources|javadoc|tests|development)\\.jar"))
                    .toList();
            if (jars.size() != 1) {
                throw new BuildFailedException("There are " + jars.size() + " JARs in " + project.resolve("target")
                        + ", and one was expected. Run 'mvn clean'.");
            }
            return jars.getFirst();
        }
    }

    private Path quick(PluginSources sources) throws IOException, BuildFailedException {
        var classes = Files.createTempDirectory("agentos-classes");
        try {
            compile(sources, classes);
            return packed(classes);
        } finally {
            try (var files = Files.walk(classes)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void compile(PluginSources sources, Path classes) throws IOException, BuildFailedException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new BuildFailedException("This Java has no compiler; use a JDK.");
        }
        var said = new DiagnosticCollector<JavaFileObject>();
        try (var files = compiler.getStandardFileManager(said, null, StandardCharsets.UTF_8)) {
            var options = List.of(
                    "-proc:none",
                    "-parameters",
                    "-g",
                    "-d",
                    classes.toString(),
                    "-classpath",
                    Files.readString(project.resolve(CLASSPATH)).strip()
                            + File.pathSeparator
                            + project.resolve("target/classes"));
            var units = files.getJavaFileObjectsFromPaths(sources.java());
            if (!compiler.getTask(null, files, said, options, null, units).call()) {
                throw new BuildFailedException(said.getDiagnostics().stream()
                        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                        .limit(20)
                        .map(this::line)
                        .collect(Collectors.joining("\n")));
            }
        }
    }

    private String line(Diagnostic<? extends JavaFileObject> one) {
        var source = one.getSource();
        var place =
                source == null ? "" : project.relativize(Path.of(source.toUri())) + ":" + one.getLineNumber() + ": ";
        return place + one.getMessage(null);
    }

    /** Maven's JAR with other classes instead of those of the same source; what Maven generated or took in stays. */
    private Path packed(Path classes) throws IOException, BuildFailedException {
        var whole = jar();
        var target = project.resolve("target/plugin-development.jar");
        var own = new ArrayList<Path>();
        try (var files = Files.walk(classes)) {
            files.filter(Files::isRegularFile).sorted().forEach(own::add);
        }
        var names = own.stream()
                .map(file -> classes.relativize(file).toString().replace(File.separatorChar, '/'))
                .toList();
        var outermost = names.stream().map(PluginBuild::outermost).collect(Collectors.toSet());
        try (var in = new ZipInputStream(new BufferedInputStream(Files.newInputStream(whole)));
                var out = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(target)))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (!entry.getName().endsWith(".class") || !outermost.contains(outermost(entry.getName()))) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    in.transferTo(out);
                    out.closeEntry();
                }
            }
            for (var name : names) {
                out.putNextEntry(new ZipEntry(name));
                Files.copy(classes.resolve(name), out);
                out.closeEntry();
            }
        }
        return target;
    }

    /** The class around a class, by the names of their files. */
    private static String outermost(String file) {
        return file.replaceFirst("(\\$.*)?\\.class$", "");
    }
}
