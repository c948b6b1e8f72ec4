package dev.agentos.pluginruntime.site;

import dev.agentos.kernel.Digests;
import dev.agentos.spi.ExtensionPoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * The static files of a plugin, which the server serves below {@code /NAME/} without running any code of the plugin.
 * They are read when the version is loaded and go with it, so that a page and its scripts are always of one version.
 */
public final class Site implements ExtensionPoint {

    /** The manifest's header that names the site. */
    public static final String HEADER = "AgentOS-Site";

    /** The folder of the JAR in which the files are. */
    public static final String FOLDER = "site/";

    /** What is served for the site itself, and for each address of a page that has no file. */
    public static final String INDEX = "index.html";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    /** What the server answers itself, now or some day. */
    private static final List<String> RESERVED = List.of(
            "api",
            "docs",
            "health",
            "livez",
            "login",
            "metrics",
            "openapi",
            "protocols",
            "readyz",
            "startupz",
            "static",
            "well-known");

    /** All files of a site together, in bytes. */
    private static final int MOST_BYTES = 32 << 20;

    private static final int MOST_FILES = 4_000;
    private static final int WORTH_COMPRESSING = 512;
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("gif", "image/gif"),
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("png", "image/png"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("webp", "image/webp"),
            Map.entry("woff2", "font/woff2"));

    private final String name;
    private final Map<String, SiteFile> files;

    private Site(String name, Map<String, SiteFile> files) {
        this.name = name;
        this.files = Map.copyOf(files);
    }

    /**
     * Reads the site of a JAR that was verified; empty when its manifest names none.
     *
     * @throws IOException saying what is wrong with it
     */
    public static Optional<Site> read(Path path) throws IOException {
        try (JarFile jar = new JarFile(path.toFile())) {
            String header = Optional.ofNullable(jar.getManifest())
                    .map(manifest -> manifest.getMainAttributes().getValue(HEADER))
                    .orElse(null);
            return header == null ? Optional.empty() : Optional.of(read(checked(header.strip()), jar));
        }
    }

    private static String checked(String name) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IOException("the name of its site '" + name
                    + "' is not a lower-case letter and up to 62 lower-case letters, digits and hyphens");
        }
        if (RESERVED.contains(name)) {
            throw new IOException("the name of its site '" + name + "' is the server's own");
        }
        return name;
    }

    private static Site read(String name, JarFile jar) throws IOException {
        Map<String, SiteFile> files = new HashMap<>();
        int bytes = 0;
        for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
            if (!entry.isDirectory() && entry.getName().startsWith(FOLDER)) {
                byte[] content;
                try (InputStream in = jar.getInputStream(entry)) {
                    content = in.readNBytes(MOST_BYTES - bytes + 1);
                }
                bytes += content.length;
                String path = entry.getName().substring(FOLDER.length());
                files.put(path, file(path, content));
                if (bytes > MOST_BYTES || files.size() > MOST_FILES) {
                    throw new IOException(
                            "its site has more than " + MOST_FILES + " files or " + MOST_BYTES + " bytes");
                }
            }
        }
        if (!files.containsKey(INDEX)) {
            throw new IOException("its site has no file " + FOLDER + INDEX);
        }
        return new Site(name, files);
    }

    /** By which path it is reached. */
    public String name() {
        return name;
    }

    /** The file at that path of the site, as in {@code assets/app.js}; exactly one that the JAR has. */
    public Optional<SiteFile> file(String path) {
        return Optional.ofNullable(files.get(path));
    }

    /** What is served where there is no file. */
    public SiteFile index() {
        return file(INDEX).orElseThrow();
    }

    private static SiteFile file(String path, byte[] content) throws IOException {
        String ending = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        String type = TYPES.getOrDefault(ending, "application/octet-stream");
        byte[] compressed = compressible(type, content) ? compressed(content) : content;
        return new SiteFile(
                content,
                compressed.length < content.length ? Optional.of(compressed) : Optional.empty(),
                type,
                Digests.sha256(content).substring(0, 24),
                path.startsWith("assets/"));
    }

    private static boolean compressible(String type, byte[] content) {
        return content.length >= WORTH_COMPRESSING
                && (type.startsWith("text/") || type.startsWith("application/") || type.startsWith("image/svg"));
    }

    private static byte[] compressed(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
