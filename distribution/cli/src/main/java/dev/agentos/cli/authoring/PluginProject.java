package dev.agentos.cli.authoring;

import dev.agentos.spi.Tool;
import dev.agentos.verifier.PluginManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;

/**
 * A new plugin: a project that builds, tests and runs, with one extension to begin from.
 *
 * @param id the plugin's id, {@code [a-z][a-z0-9-]{1,62}}
 * @param kind what its extension is
 * @param javaPackage the package of its classes, which is also the Maven group and the publisher
 */
public record PluginProject(String id, Kind kind, String javaPackage) {

    private static final String PACKAGE = "[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*";

    /** What a project begins with. */
    public enum Kind {
        /** A tool that agents call. */
        tool("Tool", "tool"),
        /** A provider of chat models. */
        provider("Provider", "provider"),
        /** Agents. */
        pack("Pack", "pack"),
        /** A kind of node for graphs. */
        node("Node", "extension"),
        /** A protocol under which the server can be reached. */
        protocol("Protocol", "protocol");

        private final String suffix;
        private final String bundleKind;

        Kind(String suffix, String bundleKind) {
            this.suffix = suffix;
            this.bundleKind = bundleKind;
        }
    }

    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException saying the form of the name that is wrong
     */
    public PluginProject {
        PluginManifest.checkedId(id);
        if (!javaPackage.matches(PACKAGE) || !SourceVersion.isName(javaPackage)) {
            throw new IllegalArgumentException(
                    "'" + javaPackage + "' is not a package: lower-case words with dots, as in com.example.weather,"
                            + " and none of them a word of Java's own.");
        }
    }

    /** The package that a plugin's classes have when none is named. */
    public static String usualPackage(String id) {
        var name = id.replace("-", "");
        // A plugin may be called as a word of Java is, a package may not.
        return "plugins." + (SourceVersion.isKeyword(name) ? name + "plugin" : name);
    }

    /**
     * Writes the project into a directory that does not exist or is empty.
     *
     * @param version the version of AgentOS that it is built for
     * @param installation whose Maven repository has AgentOS, and whose server the tests start
     * @return the files, relative to the directory
     * @throws IllegalArgumentException when there is something in the directory
     */
    public List<Path> write(Path directory, String version, Path installation) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new IllegalArgumentException(directory + " is a file. Name a directory with --dir.");
        }
        if (Files.exists(directory)) {
            try (var there = Files.list(directory)) {
                if (there.findAny().isPresent()) {
                    throw new IllegalArgumentException(directory + " is not empty. Name another directory with --dir.");
                }
            }
        }
        var values = values(version, installation);
        var written = new ArrayList<Path>();
        for (var file : files().entrySet()) {
            var target = directory.resolve(file.getKey());
            Files.createDirectories(target.getParent());
            Files.writeString(target, filled(file.getValue(), values));
            written.add(Path.of(file.getKey()));
        }
        return written;
    }

    /** What to do with a project that was written into that directory, a line each. */
    public static List<String> next(Path directory) {
        var place = "'" + directory.toString().replace("'", "'\\''") + "'";
        var path = directory.toString().matches("[\\w./-]+") ? directory.toString() : place;
        return List.of(
                "Next:",
                "  (cd " + path + " && mvn verify)   builds and tests it, also in a server that is started for that",
                "  agentos plugin dev " + path + "   brings it into the running server, and each change of it");
    }

    /** Templates by the path of the file that each becomes. */
    private Map<String, String> files() {
        var sources = "src/main/java/" + javaPackage.replace('.', '/') + "/";
        var tests = "src/test/java/" + javaPackage.replace('.', '/') + "/";
        var type = capitalised() + kind.suffix;
        var files = new LinkedHashMap<String, String>();
        files.put("pom.xml", "all/pom.xml");
        files.put("bnd.bnd", kind + "/bnd.bnd");
        files.put("README.md", "all/README.md");
        files.put(".gitignore", "all/gitignore");
        files.put(sources + "package-info.java", "all/package-info.java.txt");
        files.put(sources + type + ".java", kind + "/" + kind.suffix + ".java.txt");
        if (kind == Kind.pack) {
            files.put("src/main/resources/agents/" + word() + ".yaml", kind + "/agent.yaml");
        }
        files.put(tests + type + "Test.java", kind + "/" + kind.suffix + "Test.java.txt");
        files.put(tests + capitalised() + "JarIT.java", "all/JarIT.java.txt");
        files.put(tests + capitalised() + "ServerIT.java", kind + "/ServerIT.java.txt");
        return files;
    }

    private Map<String, String> values(String version, Path installation) {
        var word = word();
        return Map.ofEntries(
                Map.entry("id", id),
                Map.entry("Name", capitalised()),
                Map.entry("package", javaPackage),
                Map.entry("title", title()),
                Map.entry("word", word),
                Map.entry("tool", word + ".count"),
                Map.entry("bundleKind", kind.bundleKind),
                Map.entry("extensions", capitalised() + kind.suffix + ".class.getName()"),
                Map.entry("version", version),
                Map.entry("home", inXml(installation.toString())),
                Map.entry(
                        "repository",
                        inXml(installation.resolve("maven").toUri().toString())));
    }

    private static String inXml(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    /** The id without its kind at the end, and without the hyphens that no name ends with or has twice. */
    private String word() {
        return id.replaceAll("-(tool|provider|pack|node|protocol)$", "")
                .replaceAll("-+", "-")
                .replaceAll("-$", "");
    }

    /** The same as a part of a class's name: {@code WeatherReport}. */
    private String capitalised() {
        var name = pascal();
        // The class extends what it would hide: AgentPack of the plugin agent-pack.
        return isOffered(name + kind.suffix) ? "My" + name : name;
    }

    private static boolean isOffered(String type) {
        return Tool.class.getResource(type + ".class") != null;
    }

    private String pascal() {
        return Arrays.stream(word().split("-"))
                .filter(word -> !word.isEmpty())
                .map(PluginProject::upper)
                .collect(Collectors.joining());
    }

    private String title() {
        return upper(id).replace('-', ' ');
    }

    private static String upper(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static String filled(String template, Map<String, String> values) throws IOException {
        try (var in = PluginProject.class.getResourceAsStream(template)) {
            if (in == null) {
                throw new IOException("The template " + template + " is missing in this installation.");
            }
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (var value : values.entrySet()) {
                text = text.replace("@" + value.getKey() + "@", value.getValue());
            }
            return text;
        }
    }
}
