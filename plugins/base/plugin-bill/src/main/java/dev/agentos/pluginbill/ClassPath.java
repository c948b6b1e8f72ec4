package dev.agentos.pluginbill;

import aQute.bnd.osgi.Jar;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a bundle is made from: the files of its class path, by the names that Maven has for them. */
final class ClassPath {

    private static final Pattern SEPARATOR = Pattern.compile("[\\[\\],\\s]+");

    private final List<Entry> entries = new ArrayList<>();

    /** One file, or a folder of classes that becomes that file. */
    private record Entry(File file, PartId id, Jar jar) {}

    /**
     * A class path.
     *
     * @param artifacts as Maven prints them: {@code [group:artifact:type:version:scope, …]}
     */
    ClassPath(List<Jar> jars, String artifacts) {
        List<String[]> known = SEPARATOR
                .splitAsStream(artifacts)
                .map(artifact -> artifact.split(":"))
                .filter(words -> words.length >= 4)
                .toList();
        for (Jar jar : jars) {
            File file = jar.getSource();
            // A folder as such is the plugin's own classes.
            if (file != null && !file.isDirectory()) {
                id(file, known).ifPresent(id -> entries.add(new Entry(file, id, jar)));
            }
        }
    }

    private static Optional<PartId> id(File file, List<String[]> artifacts) {
        List<String[]> called = artifacts.stream()
                .filter(words -> isCalled(file.getName(), words))
                .toList();
        return called.stream()
                .filter(words -> file.getPath().replace('\\', '/').contains("/" + words[0].replace('.', '/') + "/"))
                .findFirst()
                .or(() -> called.stream().findFirst())
                .map(words -> PartId.ofMaven(words[0], words[1], version(words)));
    }

    private static boolean isCalled(String file, String[] words) {
        String plain = words[1] + "-" + version(words);
        return file.equals(plain + ".jar") || (words.length > 5 && file.equals(plain + "-" + words[3] + ".jar"));
    }

    /** With a classifier it is one further. */
    private static String version(String[] words) {
        return words[words.length > 5 ? 4 : 3];
    }

    /** What the file is whose digest that is. */
    Optional<PartId> file(long size, String sha256) throws IOException {
        for (Entry entry : entries) {
            if (entry.file().length() == size) {
                try (InputStream in = Files.newInputStream(entry.file().toPath())) {
                    if (sha256(in).equals(sha256)) {
                        return Optional.of(entry.id());
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** The parts of which classes were copied into a bundle. */
    List<PartId> copiedInto(Jar bundle) {
        return entries.stream()
                .filter(entry -> entry.jar()
                        .getResourceNames(name -> name.endsWith(".class")
                                && name.contains("/")
                                && !name.startsWith("META-INF/")
                                && !name.endsWith("/package-info.class"))
                        .anyMatch(bundle::exists))
                .map(Entry::id)
                .distinct()
                .toList();
    }

    /** In lower-case hexadecimal digits. */
    static String sha256(InputStream in) throws IOException {
        try (DigestInputStream digested = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digested.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digested.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
