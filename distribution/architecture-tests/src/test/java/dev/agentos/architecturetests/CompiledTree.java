package dev.agentos.architecturetests;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The compiled classes of every module of the repository, by the module's path, as in {@code platform-core/kernel}.
 * They are read once for all tests.
 */
final class CompiledTree {
    private final JavaClasses all;
    private final Map<String, List<JavaClass>> classes = new TreeMap<>();
    private final Map<String, String> moduleOfPackage = new HashMap<>();

    private static final class Once {
        static final CompiledTree TREE = read();

        private static CompiledTree read() {
            try {
                return new CompiledTree(SourceTree.containing(Path.of("")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns what the build of this repository has made. */
    static CompiledTree ofThisBuild() {
        return Once.TREE;
    }

    /** Reads the classes; a module with sources and no classes is a failure, not a pass. */
    private CompiledTree(SourceTree tree) throws IOException {
        var modules = modules(tree);
        var places = new ArrayList<Path>();
        for (var module : modules) {
            var compiled = tree.root().resolve(module).resolve("target/classes");
            if (!Files.isDirectory(compiled)) {
                throw new IllegalStateException(module + " is not compiled; build the whole tree: ./agentos test");
            }
            places.add(compiled);
            for (var name : packages(tree, module)) {
                var other = moduleOfPackage.put(name, module);
                if (other != null) {
                    throw new IllegalStateException(name + " is a package of both " + other + " and " + module);
                }
            }
        }
        all = new ClassFileImporter().importPaths(places);
        // A plugin's classes may hold copies of another module's, which count where they are made.
        all.forEach(type -> moduleOf(type)
                .ifPresent(module -> classes.computeIfAbsent(module, none -> new ArrayList<>())
                        .add(type)));
        for (var module : modules) {
            if (!classes.containsKey(module)) {
                throw new IllegalStateException(module + " has no classes; build the whole tree: ./agentos test");
            }
        }
    }

    private static Set<String> packages(SourceTree tree, String module) throws IOException {
        var sources = tree.root().resolve(module).resolve("src/main/java");
        return SourceTree.javaFiles(List.of(sources)).stream()
                .map(file -> sources.relativize(file.getParent()).toString().replace(File.separatorChar, '.'))
                .collect(Collectors.toSet());
    }

    /** Modules that have nothing but tests are not compiled when this is read. */
    private static List<String> modules(SourceTree tree) throws IOException {
        return tree.modules().stream()
                .filter(module -> Files.isDirectory(tree.root().resolve(module).resolve("src/main/java")))
                .toList();
    }

    /** Returns the modules whose path begins with a prefix. */
    List<String> modules(String prefix) {
        return classes.keySet().stream()
                .filter(module -> module.startsWith(prefix))
                .toList();
    }

    /** Returns every class of the modules that a condition accepts. */
    Stream<JavaClass> classes(Predicate<String> module) {
        return classes.entrySet().stream()
                .filter(entry -> module.test(entry.getKey()))
                .flatMap(entry -> entry.getValue().stream());
    }

    /** Returns the module that declares a class of ours, or nothing for a class of the JDK or of a library. */
    Optional<String> moduleOf(JavaClass type) {
        return Optional.ofNullable(
                moduleOfPackage.get(type.getBaseComponentType().getPackageName()));
    }

    /** Describes each dependency that the modules have and that a condition, given module and target, forbids. */
    List<String> dependencies(Predicate<String> modules, BiPredicate<String, JavaClass> forbidden) {
        var found = new ArrayList<String>();
        classes.forEach((module, types) -> {
            if (modules.test(module)) {
                types.stream()
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .filter(dependency -> forbidden.test(
                                module, dependency.getTargetClass().getBaseComponentType()))
                        .map(Dependency::getDescription)
                        .forEach(description -> found.add(module + ": " + description));
            }
        });
        return found;
    }

    /** Returns the classes as one set for rules over the whole tree. */
    JavaClasses all() {
        return all;
    }
}
