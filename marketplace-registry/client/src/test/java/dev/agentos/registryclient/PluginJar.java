package dev.agentos.registryclient;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Builds plugin JARs that the verifier accepts. */
final class PluginJar {

    private final Map<String, String> headers = new LinkedHashMap<>();
    private String payload = "";
    private String readme = "";

    PluginJar(String id, String version) {
        headers.put("Manifest-Version", "1.0");
        headers.put("Bundle-ManifestVersion", "2");
        headers.put("Bundle-SymbolicName", id);
        headers.put("Bundle-Version", version.replaceFirst("-.*", ""));
        headers.put("Plugin-Id", id);
        headers.put("Plugin-Version", version);
        headers.put("Plugin-Requires", "*");
        headers.put("AgentOS-Plugin-Kind", "tool");
    }

    PluginJar with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    PluginJar payload(String text) {
        payload = text;
        return this;
    }

    PluginJar readme(String markdown) {
        readme = markdown;
        return this;
    }

    Path writeTo(Path directory) {
        try {
            Path jar = Files.createTempFile(directory, "plugin-", ".jar");
            try (OutputStream out = Files.newOutputStream(jar);
                    ZipOutputStream zip = new ZipOutputStream(out)) {
                StringBuilder manifest = new StringBuilder();
                headers.forEach((name, value) ->
                        manifest.append(name).append(": ").append(value).append("\r\n"));
                add(
                        zip,
                        "META-INF/MANIFEST.MF",
                        manifest.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
                add(zip, "META-INF/extensions.idx", "example.Tool\n".getBytes(StandardCharsets.UTF_8));
                add(zip, "example/Tool.class", ClassFile.of().build(ClassDesc.of("example.Tool"), builder -> {}));
                if (!readme.isEmpty()) {
                    add(zip, "META-INF/agentos/README.md", readme.getBytes(StandardCharsets.UTF_8));
                }
                add(zip, "payload.txt", payload.getBytes(StandardCharsets.UTF_8));
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(ZipOutputStream zip, String name, byte[] contents) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(contents);
        zip.closeEntry();
    }
}
