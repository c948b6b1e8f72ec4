package dev.agentos.verifier;

import dev.agentos.verifier.bill.BillCheck;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Reads the contents of a plugin JAR and of the JARs inside it, after their structure was found sound. */
final class JarContents {

    private static final String EXTENSION_INDEX = "META-INF/extensions.idx";
    private static final int MAX_INDEX_BYTES = 1 << 20;

    private final Budget budget;
    private final Findings findings;
    private final ClassCheck classes;
    private final BillCheck bill;
    private boolean sound;
    private Optional<byte[]> manifest = Optional.empty();
    private Optional<byte[]> extensionIndex = Optional.empty();

    JarContents(Budget budget, Findings findings) {
        this.budget = budget;
        this.findings = findings;
        this.classes = new ClassCheck(findings);
        this.bill = new BillCheck((rule, error, message, action) ->
                findings.add(rule, error ? Finding.Severity.ERROR : Finding.Severity.WARNING, message, action));
    }

    /** The bytes of META-INF/MANIFEST.MF of the outermost JAR. */
    Optional<byte[]> manifest() {
        return manifest;
    }

    /** The bytes of META-INF/extensions.idx of the outermost JAR. */
    Optional<byte[]> extensionIndex() {
        return extensionIndex;
    }

    /** Whether the outermost archive reads the same to everybody, so that others may be asked about it. */
    boolean sound() {
        return sound;
    }

    /** What the outermost JAR says it is made of, and what JARs it holds. */
    BillCheck bill() {
        return bill;
    }

    ClassCheck classes() {
        return classes;
    }

    /** Reads an archive; {@code depth} is 0 for the plugin's own. */
    void read(FileChannel channel, String where, int depth) throws IOException {
        try {
            Archive archive = Archive.open(channel, where, budget);
            List<ArchiveEntry> entries = new ArchiveStructure(archive, where, depth == 0, budget, findings).check();
            for (ArchiveEntry entry : entries) {
                readEntry(archive, entry, where, depth);
            }
            sound |= depth == 0 && !entries.isEmpty() && manifest.isPresent();
        } catch (MalformedArchiveException e) {
            e.addTo(findings);
        }
    }

    private void readEntry(Archive archive, ArchiveEntry entry, String where, int depth)
            throws IOException, MalformedArchiveException {
        String name = entry.name();
        if (name.endsWith(".jar")) {
            readNested(archive, entry, where, depth + 1);
        } else if (name.endsWith(".class")) {
            readClass(archive, entry, where);
        } else if (depth == 0 && name.equals(ManifestReader.PATH)) {
            manifest = small(archive, entry, ManifestReader.MAX_BYTES, "MAN001");
        } else if (depth == 0 && name.equals(EXTENSION_INDEX)) {
            extensionIndex = small(archive, entry, MAX_INDEX_BYTES, "EXT001");
        } else if (depth == 0 && BillOfMaterials.isAt(name)) {
            small(archive, entry, BillOfMaterials.MAX_BYTES, BillCheck.READABLE)
                    .ifPresentOrElse(document -> bill.read(name, document), bill::skipped);
        } else if (depth == 0 && name.equals(PluginManifest.README)) {
            small(archive, entry, PluginManifest.MAX_README_BYTES, "DOC001").ifPresent(this::checkText);
        } else {
            archive.copy(entry, OutputStream.nullOutputStream());
        }
    }

    private void readClass(Archive archive, ArchiveEntry entry, String where)
            throws IOException, MalformedArchiveException {
        if (entry.size() > ClassCheck.MAX_BYTES) {
            classes.tooLong(where, entry.name());
            return;
        }
        classes.check(where, entry.name(), bytes(archive, entry));
    }

    private Optional<byte[]> small(Archive archive, ArchiveEntry entry, int most, String ruleId)
            throws IOException, MalformedArchiveException {
        if (entry.size() > most) {
            findings.error(
                    ruleId,
                    entry.name() + " has " + entry.size() + " bytes; at most " + most + " are read.",
                    "Make it shorter.");
            return Optional.empty();
        }
        return Optional.of(bytes(archive, entry));
    }

    /** Pages show it as it is; bytes that are no text would be shown as something else than was signed. */
    private void checkText(byte[] readme) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(readme));
        } catch (CharacterCodingException e) {
            findings.error("DOC001", PluginManifest.README + " is not written in UTF-8.", "Save it as UTF-8.");
        }
    }

    private static byte[] bytes(Archive archive, ArchiveEntry entry) throws IOException, MalformedArchiveException {
        ByteArrayOutputStream out = new ByteArrayOutputStream((int) entry.size());
        archive.copy(entry, out);
        return out.toByteArray();
    }

    private void readNested(Archive archive, ArchiveEntry entry, String where, int depth)
            throws IOException, MalformedArchiveException {
        String nestedName = where + " > " + ArchiveStructure.printable(entry.name());
        if (depth > budget.limits().nesting()) {
            findings.error(
                    "JAR004",
                    nestedName + " lies " + depth + " JARs deep; at most "
                            + budget.limits().nesting() + " are read.",
                    "Put libraries directly into the plugin's JAR.");
            return;
        }
        Path copy = Files.createTempFile("agentos-verifier-", ".jar");
        try (FileChannel channel = FileChannel.open(
                copy,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.DELETE_ON_CLOSE)) {
            archive.copy(
                    entry,
                    depth == 1
                            ? bill.holding(entry.name(), Channels.newOutputStream(channel))
                            : Channels.newOutputStream(channel));
            read(channel, nestedName, depth);
        } finally {
            Files.deleteIfExists(copy);
        }
    }
}
