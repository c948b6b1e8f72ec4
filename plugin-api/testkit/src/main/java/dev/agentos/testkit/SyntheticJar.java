package dev.agentos.testkit;

import dev.agentos.spi.PermissionRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Builds plugin JARs for tests: a manifest that is right unless told otherwise, classes compiled from source text, the
 * index of extensions, and any other entry. The same parts give the same bytes.
 *
 * <p>Broken JARs are made by leaving out what a plugin needs ({@link #withoutHeader}, {@link #withoutManifest}), by
 * entries that no honest tool writes ({@link #entry} with {@code ../}), and from the bytes ({@link #truncated},
 * {@link #duplicating}).
 */
public final class SyntheticJar {

    private static final long ENTRY_TIME = 1_767_225_600_000L;

    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final List<String> extensions = new ArrayList<>();
    private final List<Path> classPath = new ArrayList<>();
    private boolean manifestWritten = true;

    private SyntheticJar() {}

    /** A JAR without any header. */
    public static SyntheticJar empty() {
        return new SyntheticJar();
    }

    /** A plugin's JAR: all headers that the host asks for, no classes and no permissions. */
    public static SyntheticJar plugin(String id, String version) {
        return empty().header("Bundle-ManifestVersion", "2")
                .header("Bundle-SymbolicName", id)
                .header("Bundle-Version", version)
                .header("Bundle-Name", id)
                .header("Import-Package", "dev.agentos.spi;version=\"[1.0,2)\"")
                .header("Plugin-Id", id)
                .header("Plugin-Version", version)
                .header("Plugin-Requires", ">=0.1.0")
                .header("Plugin-Description", "A synthetic plugin.")
                .header("Plugin-Provider", "AgentOS")
                .header("AgentOS-Plugin-Kind", "tool")
                .header("AgentOS-Title", id);
    }

    /** A working plugin with one tool of that name, which takes anything and always answers the same text. */
    public static SyntheticJar toolPlugin(String id, String version, String tool, String answer) {
        return plugin(id, version).extension("synthetic.AnsweringTool", """
            package synthetic;

            import dev.agentos.spi.*;

            @AgentOsExtension
            public final class AnsweringTool implements Tool {
                @Override
                public ToolDescription description() {
                    return new ToolDescription(
                            "%s", "Answers the same text.", JsonObject.of("type", "object"), Effect.PURE);
                }

                @Override
                public ToolResult call(JsonObject arguments, CallContext call) {
                    return ToolResult.of(new JsonString("%s"));
                }
            }
            """.formatted(
                        tool, answer.replace("\\", "\\\\").replace("\"", "\\\"")));
    }

    /** Sets a header of the manifest's main section. */
    public SyntheticJar header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** Leaves a header out. */
    public SyntheticJar withoutHeader(String name) {
        headers.remove(name);
        return this;
    }

    /** Leaves the whole manifest out. */
    public SyntheticJar withoutManifest() {
        manifestWritten = false;
        return this;
    }

    /** Declares the kind: {@code provider}, {@code tool} or {@code pack}. */
    public SyntheticJar kind(String kind) {
        return header("AgentOS-Plugin-Kind", kind);
    }

    /** Declares the plugins that must be there, as in {@code tool-documents@>=0.1.0}. */
    public SyntheticJar dependsOn(String... dependencies) {
        return header("Plugin-Dependencies", String.join(",", dependencies));
    }

    /** Declares permissions. */
    public SyntheticJar permissions(PermissionRequest... requests) {
        return header(
                PermissionRequest.HEADER,
                Arrays.stream(requests).map(PermissionRequest::clause).collect(Collectors.joining(",")));
    }

    /** Adds a class by its binary name and its Java source, which may declare nested and further classes. */
    public SyntheticJar source(String className, String source) {
        sources.put(className, source);
        return this;
    }

    /** Adds a class as {@link #source} does and lists it as an extension. */
    public SyntheticJar extension(String className, String source) {
        return source(className, source).listing(className);
    }

    /** Lists a class in {@code META-INF/extensions.idx}, whether it is there or not. */
    public SyntheticJar listing(String className) {
        extensions.add(className);
        return this;
    }

    /** Adds a JAR or folder of classes to compile against, beside {@code spi} itself. */
    public SyntheticJar compiledAgainst(Path location) {
        classPath.add(location);
        return this;
    }

    /** Adds an entry under exactly that name, unchecked: {@code ../evil.txt} and {@code /etc/evil} are written too. */
    public SyntheticJar entry(String path, byte[] content) {
        entries.put(path, content.clone());
        return this;
    }

    /** Adds a text entry in UTF-8. */
    public SyntheticJar entry(String path, String content) {
        return entry(path, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a JAR inside this one and puts it on the bundle's class path. */
    public SyntheticJar nested(String path, SyntheticJar inner) {
        String before = headers.getOrDefault("Bundle-ClassPath", ".");
        return header("Bundle-ClassPath", before + "," + path).entry(path, inner.bytes());
    }

    /**
     * The JAR's bytes.
     *
     * @throws IllegalStateException if a source does not compile, with the compiler's messages
     */
    public byte[] bytes() {
        Map<String, byte[]> all = new LinkedHashMap<>();
        if (manifestWritten) {
            all.put("META-INF/MANIFEST.MF", manifest());
        }
        if (!extensions.isEmpty()) {
            String index = "# Generated by PF4J\n" + String.join("\n", extensions) + "\n";
            all.put("META-INF/extensions.idx", index.getBytes(StandardCharsets.UTF_8));
        }
        all.putAll(new SourceCompiler(classPath).compile(sources));
        all.putAll(entries);
        return zip(all);
    }

    /** Writes the JAR to a file of that name in a folder and returns the file. */
    public Path writeTo(Path folder, String fileName) {
        return write(folder.resolve(fileName), bytes());
    }

    /** Writes the JAR to a folder as {@code <Plugin-Id>-<Plugin-Version>.jar}. */
    public Path writeTo(Path folder) {
        return writeTo(
                folder,
                headers.getOrDefault("Plugin-Id", "plugin") + "-" + headers.getOrDefault("Plugin-Version", "0")
                        + ".jar");
    }

    /** The first half of a JAR: what an interrupted download leaves. */
    public static byte[] truncated(byte[] jar) {
        return Arrays.copyOf(jar, jar.length / 2);
    }

    /** Bytes that are no archive at all. */
    public static byte[] notAnArchive() {
        return "<html><body>502 Bad Gateway</body></html>".getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A JAR in which two entries have the same name, which readers resolve differently: the entry {@code decoy} is
     * renamed to {@code path} everywhere.
     *
     * @throws IllegalArgumentException if the two names differ in length
     */
    public static byte[] duplicating(byte[] jar, String decoy, String path) {
        byte[] from = decoy.getBytes(StandardCharsets.UTF_8);
        byte[] to = path.getBytes(StandardCharsets.UTF_8);
        if (from.length != to.length) {
            throw new IllegalArgumentException("The names must be of one length: " + decoy + ", " + path);
        }
        byte[] changed = jar.clone();
        for (int i = 0; i + from.length <= changed.length; i++) {
            if (Arrays.equals(changed, i, i + from.length, from, 0, from.length)) {
                System.arraycopy(to, 0, changed, i, to.length);
            }
        }
        return changed;
    }

    /** Writes bytes, broken ones too, to a file and returns it. */
    public static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] manifest() {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.forEach((name, value) -> manifest.getMainAttributes().putValue(name, value));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            manifest.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] zip(Map<String, byte[]> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry written = new ZipEntry(entry.getKey());
                written.setTime(ENTRY_TIME);
                zip.putNextEntry(written);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
