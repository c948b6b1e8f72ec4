package dev.agentos.architecturetests;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.agentos.architecturetests.PluginApi.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What authors of plugins compile against, compared with what the last release had. */
class PluginApiTest {
    private static final String MODULES = "plugin-api/";
    private static final String BASELINE = "api.txt";
    private static final String PACKAGE = "package ";
    private static final Pattern VERSION =
            Pattern.compile("Package\\s+(?:\\*\\s+)?version\\s+(?:\\*\\s+)?([0-9.]+[0-9])");

    private static SourceTree sources;
    private static CompiledTree tree;

    @BeforeAll
    static void readClasses() {
        sources = SourceTree.containing(Path.of(""));
        tree = CompiledTree.ofThisBuild();
    }

    /** With {@code -Dplugin.api=release} the baselines are written anew, as a release does it. */
    @Test
    void versionsOfThePluginApiSayWhatChangedSinceTheLastRelease() throws IOException {
        var faults = new ArrayList<String>();
        for (var module : tree.modules(MODULES)) {
            var file = sources.root().resolve(module).resolve(BASELINE);
            var now = current(module);
            if ("release".equals(System.getProperty("plugin.api"))) {
                write(file, module, now);
            }
            assertThat(file)
                    .as("the public API of the last release; docs/development.md says how to write it")
                    .exists();
            read(file).forEach((name, earlier) -> {
                if (now.containsKey(name)) {
                    faults.addAll(now.get(name).faultsAfter(earlier));
                } else {
                    faults.add(name + " is gone, with all that plugins use of it.");
                }
            });
        }
        assertThat(tree.modules(MODULES)).contains("plugin-api/spi", "plugin-api/testkit", "plugin-api/verifier");
        assertThat(faults)
                .as("the version stands in the package's package-info.java, \"Package version 1.0.0\"")
                .isEmpty();
    }

    @Test
    void theHostOffersThePluginInterfaceInItsVersion() throws IOException {
        var listed = Files.readAllLines(sources.root()
                .resolve("plugin-api/verifier/src/main/resources/dev/agentos/verifier/host-packages.txt"));

        assertThat(listed).contains("dev.agentos.spi " + version("plugin-api/spi", "dev.agentos.spi"));
    }

    @Test
    void typesThatTheHostLendsAreThere() {
        var names = tree.classes(module -> module.equals("plugin-api/spi"))
                .map(JavaClass::getName)
                .toList();

        assertThat(names).containsAll(PluginApi.LENT);
    }

    @Test
    void whatIsTakenAwayNeedsAMajorVersion() {
        var was = api("1.4.0", "class a.A", "a.A.x(int): void", "! a.A asks for y(): void");

        for (var less : List.of(
                api("1.4.0", "class a.A", "! a.A asks for y(): void"),
                api("1.9.0", "class a.A", "a.A.x(long): void", "! a.A asks for y(): void"),
                api(
                        "1.5.0",
                        "class a.A",
                        "a.A.x(int): void",
                        "! a.A asks for y(): void",
                        "! a.A asks for z(): void"))) {
            assertThat(less.faultsAfter(was))
                    .singleElement()
                    .asString()
                    .contains("breaks plugins of 1.4.0", "version 2.0.0")
                    .containsAnyOf("gone: a.A.x(int): void", "new: ! a.A asks for z(): void");
            assertThat(new PluginApi("a", Version.parse("2.0.0"), less.facts()).faultsAfter(was))
                    .isEmpty();
        }
    }

    @Test
    void whatIsAddedNeedsAMinorVersion() {
        var was = api("1.4.0", "class a.A", "! a.A asks for y(): void");

        for (var more : List.of(
                api("1.4.1", "class a.A", "class a.B", "! a.A asks for y(): void"), api("1.4.9", "class a.A"))) {
            assertThat(more.faultsAfter(was)).singleElement().asString().contains("make it version 1.5.0");
            assertThat(new PluginApi("a", Version.parse("1.5.0"), more.facts()).faultsAfter(was))
                    .isEmpty();
        }
        assertThat(api("1.4.1", was.facts().toArray(String[]::new)).faultsAfter(was))
                .isEmpty();
        assertThat(api("1.3.0", was.facts().toArray(String[]::new)).faultsAfter(was))
                .singleElement()
                .asString()
                .contains("earlier than the released 1.4.0");
    }

    /** Types as plugins see them. */
    static final class Samples {

        /** What a plugin implements. */
        public interface Point<T> {
            List<T> all(Map<String, ? extends T> from);

            default int more() {
                return 0;
            }
        }

        /** A closed set. */
        public sealed interface Shape {
            /** One of it. */
            record Circle(double radius) implements Shape {}
        }

        /** What a plugin extends. */
        public abstract static class Base implements AutoCloseable {
            protected static final int LIMIT = 3;

            protected Base(int... numbers) {}

            protected abstract void work();

            protected void helper() {}

            public final void fixed() {}

            void hidden() {}
        }

        private Samples() {}
    }

    @Test
    void factsTellWhatAPluginCanRelyOn() {
        var types = new ClassFileImporter()
                .importClasses(
                        Samples.Point.class, Samples.Shape.class, Samples.Shape.Circle.class, Samples.Base.class);
        var own = Samples.class.getName() + "$";

        assertThat(facts(types.get(Samples.Point.class), own))
                .containsExactlyInAnyOrder(
                        "interface Point<T>",
                        "Point can have subtypes",
                        "Point.all(java.util.Map<java.lang.String, ? extends T>): java.util.List<T>",
                        "! Point asks for all(java.util.Map<java.lang.String, ? extends T>): java.util.List<T>",
                        "Point.more(): int");
        assertThat(facts(types.get(Samples.Shape.class), own))
                .containsExactlyInAnyOrder("interface Shape", "Shape is one of Shape$Circle");
        assertThat(facts(types.get(Samples.Shape.Circle.class), own))
                .contains("record Shape$Circle", "Shape$Circle is a Shape", "Shape$Circle.radius(): double")
                .contains("Shape$Circle(double)", "Shape$Circle can be made")
                .doesNotContain("Shape$Circle can have subtypes");
        assertThat(facts(types.get(Samples.Base.class), own))
                .containsExactlyInAnyOrder(
                        "class Base",
                        "Base is a java.lang.AutoCloseable",
                        "Base can have subtypes",
                        "Base.LIMIT: int static",
                        "Base([I)",
                        "Base.work(): void",
                        "! Base asks for work(): void",
                        "Base.helper(): void",
                        "Base.helper() can be overridden",
                        "Base.fixed(): void");
    }

    private static List<String> facts(JavaClass type, String own) {
        return PluginApi.facts(type).stream().map(fact -> fact.replace(own, "")).toList();
    }

    private static PluginApi api(String version, String... facts) {
        return new PluginApi("a", Version.parse(version), new TreeSet<>(List.of(facts)));
    }

    private static SortedMap<String, PluginApi> current(String module) throws IOException {
        var types = tree.classes(module::equals).toList();
        var found = new TreeMap<String, PluginApi>();
        for (var type : types) {
            var name = type.getPackageName();
            if (!found.containsKey(name)) {
                var api = PluginApi.of(name, version(module, name), types);
                if (!api.facts().isEmpty()) {
                    found.put(name, api);
                }
            }
        }
        return found;
    }

    private static Version version(String module, String name) throws IOException {
        var file = sources.root()
                .resolve(module)
                .resolve("src/main/java")
                .resolve(name.replace('.', '/'))
                .resolve("package-info.java");
        var version = VERSION.matcher(Files.readString(file));
        assertThat(version.find())
                .as("\"Package version 1.0.0\" in " + sources.name(file))
                .isTrue();
        return Version.parse(version.group(1));
    }

    private static void write(Path file, String module, SortedMap<String, PluginApi> apis) throws IOException {
        var lines = new ArrayList<>(List.of(
                "# What the last release of " + module + " had for plugins. PluginApiTest writes and reads it."));
        apis.forEach((name, api) -> {
            lines.add(PACKAGE + name + " " + api.version());
            lines.addAll(api.facts());
        });
        Files.write(file, lines);
    }

    private static Map<String, PluginApi> read(Path file) throws IOException {
        var apis = new LinkedHashMap<String, PluginApi>();
        PluginApi last = null;
        for (var line : Files.readAllLines(file)) {
            if (line.startsWith(PACKAGE)) {
                var words = line.split(" ");
                last = new PluginApi(words[1], Version.parse(words[2]), new TreeSet<>());
                apis.put(words[1], last);
            } else if (last != null && !line.isBlank()) {
                last.facts().add(line);
            }
        }
        return apis;
    }
}
