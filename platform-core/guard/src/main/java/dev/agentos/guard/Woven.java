package dev.agentos.guard;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The classes of the JDK with the checks in them, as they are kept between starts: to weave them takes longer than all
 * else of arming. What is kept belongs to one Java, one table and one weaver.
 *
 * @param sinks the checks by their numbers
 * @param classes the classes' bytes by their names
 */
record Woven(List<Sink> sinks, Map<String, byte[]> classes) {

    private static final String FILE = "guard.woven";
    private static final int DIGEST = 32;

    /** What was kept in a folder; nothing when there is none that fits or can be read. */
    static @Nullable Woven load(Path folder) {
        try {
            return read(folder.resolve(FILE));
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static @Nullable Woven read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        byte[] all = Files.readAllBytes(file);
        if (all.length < DIGEST) {
            return null;
        }
        byte[] content = Arrays.copyOfRange(all, DIGEST, all.length);
        if (!Arrays.equals(digest(content), Arrays.copyOf(all, DIGEST))) {
            return null;
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
        if (!in.readUTF().equals(key())) {
            return null;
        }
        List<Sink> sinks = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            sinks.add(new Sink(in.readUTF(), Rule.valueOf(in.readUTF()), Refusal.valueOf(in.readUTF())));
        }
        Map<String, byte[]> classes = new LinkedHashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            String name = in.readUTF();
            classes.put(name, in.readNBytes(in.readInt()));
        }
        return new Woven(sinks, classes);
    }

    /** Keeps this in a folder for the next start, if that is possible: without it the next start takes longer. */
    void save(Path folder) {
        try {
            write(folder);
        } catch (IOException | RuntimeException e) {
            // A file that is half there has no digest that fits.
        }
    }

    private void write(Path folder) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(key());
        out.writeInt(sinks.size());
        for (Sink sink : sinks) {
            out.writeUTF(sink.name());
            out.writeUTF(sink.rule().name());
            out.writeUTF(sink.refusal().name());
        }
        out.writeInt(classes.size());
        for (Map.Entry<String, byte[]> entry : classes.entrySet()) {
            out.writeUTF(entry.getKey());
            out.writeInt(entry.getValue().length);
            out.write(entry.getValue());
        }
        out.flush();
        byte[] content = bytes.toByteArray();
        Files.createDirectories(folder);
        Path made = Files.createTempFile(folder, FILE, ".new");
        try (var file = Files.newOutputStream(made)) {
            file.write(digest(content));
            file.write(content);
        }
        Files.move(made, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    /** What the classes depend on: this Java, down to the file of its modules, and all of the guard, its table too. */
    private static String key() throws IOException {
        StringBuilder key = new StringBuilder();
        for (String property : new String[] {"java.vm.vendor", "java.vm.version", "java.vendor.version", "os.arch"}) {
            key.append(System.getProperty(property)).append(' ');
        }
        Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
        if (Files.exists(modules)) {
            key.append(Files.size(modules)).append(' ').append(Files.getLastModifiedTime(modules));
        }
        return key.append(' ').append(HexFormat.of().formatHex(digest(own()))).toString();
    }

    /** The guard's own JAR, or from a folder of classes the parts that decide what is woven. */
    private static byte[] own() throws IOException {
        try {
            Path jar = Path.of(Woven.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isRegularFile(jar)) {
                return Files.readAllBytes(jar);
            }
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        for (String part : new String[] {
            "sinks.csv", "Weaver.class", "Weaver$Prologue.class", "Bridge.class", "Rule.class", "Refusal.class"
        }) {
            try (InputStream in = Woven.class.getResourceAsStream(part)) {
                if (in == null) {
                    throw new FileNotFoundException(part);
                }
                in.transferTo(parts);
            }
        }
        return parts.toByteArray();
    }

    private static byte[] digest(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
