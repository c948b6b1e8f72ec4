package dev.agentos.architecturetests;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rewrites every Java source file in the project's one format. It runs on the JDK that the code is written for, which
 * the build tool's own virtual machine need not be.
 */
final class SourceFormat {
    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .formatJavadoc(true)
            .build());

    private SourceFormat() {}

    /**
     * Formats the files below the given paths (default: the whole repository of the working directory) and names what
     * changed.
     */
    public static void main(String[] arguments) throws IOException {
        var tree = SourceTree.containing(Path.of(""));
        var paths = arguments.length == 0 ? List.of(tree.root()) : paths(arguments);
        var failures = new ArrayList<String>();
        var changed = 0;
        for (var file : SourceTree.javaFiles(paths)) {
            try {
                var source = Files.readString(file);
                var formatted = format(source);
                if (!formatted.equals(source)) {
                    Files.writeString(file, formatted);
                    System.out.println("formatted " + tree.name(file));
                    changed++;
                }
            } catch (FormatterException problem) {
                failures.add(tree.name(file) + ": " + problem.getMessage());
            }
        }
        System.out.println(changed + " files formatted");
        if (!failures.isEmpty()) {
            failures.forEach(System.err::println);
            System.exit(1);
        }
    }

    /** Returns the files of a tree that {@link #main} would change or cannot read. */
    static List<String> unformatted(SourceTree tree) throws IOException {
        return tree.javaFiles().parallelStream()
                .filter(file -> {
                    try {
                        var source = Files.readString(file);
                        return !format(source).equals(source);
                    } catch (FormatterException problem) {
                        return true;
                    } catch (IOException problem) {
                        throw new UncheckedIOException(problem);
                    }
                })
                .map(tree::name)
                .toList();
    }

    private static List<Path> paths(String[] arguments) {
        return Arrays.stream(arguments).map(Path::of).map(Path::toAbsolutePath).toList();
    }

    private static String format(String source) throws FormatterException {
        return FORMATTER.formatSourceAndFixImports(source);
    }
}
