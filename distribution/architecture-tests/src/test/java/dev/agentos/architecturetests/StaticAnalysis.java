package dev.agentos.architecturetests;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * Error Prone and NullAway over the sources of all modules, in this one process: most of what they cost is to load them
 * and to get them warm, which every module's compilation would pay anew.
 */
final class StaticAnalysis {
    /** The checks of errors, and of what nobody uses; what Error Prone only warns of is often meant. */
    private static final String PLUGIN = "-Xplugin:ErrorProne -XepDisableAllWarnings"
            + " -Xep:NullAway:ERROR -XepOpt:NullAway:OnlyNullMarked=true -XepOpt:NullAway:JSpecifyMode=true"
            + " -Xep:UnusedVariable:ERROR -Xep:UnusedMethod:ERROR -Xep:UnusedNestedClass:ERROR";

    private static final List<String> OPTIONS = List.of(
            "--release",
            "25",
            "-proc:none",
            "-implicit:none",
            "-Xmaxerrs",
            "1000",
            "-XDcompilePolicy=simple",
            "--should-stop=ifError=FLOW",
            // The classes are there already.
            "--should-stop=ifNoError=FLOW",
            "-XDaddTypeAnnotationsToSymbol=true",
            PLUGIN);

    private final SourceTree tree;
    private final List<Path> classPath;

    /** @throws IOException if the modules' folders cannot be listed */
    StaticAnalysis(SourceTree tree) throws IOException {
        this.tree = tree;
        var places = new ArrayList<Path>();
        for (var module : tree.modules()) {
            places.add(tree.root().resolve(module).resolve("target/classes"));
            places.add(tree.root().resolve(module).resolve("target/test-classes"));
        }
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(Path::of)
                .forEach(places::add);
        classPath = places.stream().filter(Files::exists).toList();
    }

    /** Returns what is found in a module, a line each: the file, the line, and what is wrong. */
    List<String> findings(String module) throws IOException {
        var found = new ArrayList<String>();
        for (var kind : List.of("src/main/java", "src/test/java")) {
            var folder = tree.root().resolve(module).resolve(kind);
            if (Files.isDirectory(folder)) {
                found.addAll(analysed(SourceTree.javaFiles(List.of(folder))));
            }
        }
        return found;
    }

    private List<String> analysed(List<Path> sources) throws IOException {
        if (sources.isEmpty()) {
            return List.of();
        }
        var compiler = ToolProvider.getSystemJavaCompiler();
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        try (var files = compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8)) {
            files.setLocationFromPaths(StandardLocation.CLASS_PATH, classPath);
            // Nothing of its own: the plugins are found where this class was, and are the same for every module.
            files.setLocationFromPaths(StandardLocation.ANNOTATION_PROCESSOR_PATH, List.of());
            var task = compiler.getTask(
                    null, files, diagnostics, OPTIONS, null, files.getJavaFileObjectsFromPaths(sources));
            var ended = task.call();
            var found = diagnostics.getDiagnostics().stream()
                    .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                    .map(this::line)
                    .toList();
            // A compiler that breaks off tells nobody but the standard error.
            if (!ended && found.isEmpty()) {
                throw new IllegalStateException("The analysis broke off at " + sources.getFirst());
            }
            return found;
        }
    }

    private String line(Diagnostic<? extends JavaFileObject> diagnostic) {
        var source = diagnostic.getSource();
        var place = source == null ? "" : tree.name(Path.of(source.toUri())) + ":" + diagnostic.getLineNumber() + ": ";
        return place + diagnostic.getMessage(Locale.ROOT);
    }
}
