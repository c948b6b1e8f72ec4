package dev.agentos.verifier;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The checks that need no entry's contents: paths, duplicates, declared sizes, file types, and that local headers say
 * the same as the central directory and own every byte between them. After them an archive reads the same to anyone.
 */
final class ArchiveStructure {

    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int DESCRIPTOR_SIGNATURE = 0x08074b50;
    private static final int LOCAL_LENGTH = 30;
    private static final long RATIO_FROM = 1 << 20;
    private static final int FILE_TYPE_MASK = 0xF000;
    private static final int SYMBOLIC_LINK = 0xA000;
    // Pipe, character device, block device, socket. Old build tools write types that do not exist: those are let be.
    private static final Set<Integer> DEVICES = Set.of(0x1000, 0x2000, 0x6000, 0xC000);
    // Bits in which two readers could differ: encryption, data descriptor, UTF-8.
    private static final int FLAGS_COMPARED = 0x0809;
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");
    private static final String REBUILD = "Build the JAR again with a current build tool.";

    private final Archive archive;
    private final String where;
    private final boolean outermost;
    private final Budget budget;
    private final Findings findings;

    ArchiveStructure(Archive archive, String where, boolean outermost, Budget budget, Findings findings) {
        this.archive = archive;
        this.where = where;
        this.outermost = outermost;
        this.budget = budget;
        this.findings = findings;
    }

    /** Adds what is wrong, and returns the entries with the place of their bytes; empty if something is. */
    List<ArchiveEntry> check() throws IOException {
        int before = findings.errorCount();
        archive.entries().forEach(this::checkEntry);
        checkNames();
        checkSizes();
        List<ArchiveEntry> placed = findings.errorCount() == before ? place() : List.of();
        return findings.errorCount() == before ? placed : List.of();
    }

    private void checkEntry(ArchiveEntry entry) {
        String name = entry.name();
        if (name.isEmpty()
                || name.startsWith("/")
                || name.indexOf('\\') >= 0
                || DRIVE.matcher(name).matches()
                || name.chars().anyMatch(c -> c < ' ' || c == 0x7f)
                || hasOddSegment(name)) {
            findings.error(
                    "JAR002",
                    where + " has the entry '" + printable(name) + "', which does not stay below the archive's root.",
                    "Use relative paths with '/' and without '.', '..' or empty parts.");
        }
        int type = entry.unixMode() & FILE_TYPE_MASK;
        if (type == SYMBOLIC_LINK || (outermost && DEVICES.contains(type))) {
            findings.error(
                    "JAR006",
                    where + " has the entry '" + printable(name) + "', which is "
                            + (type == SYMBOLIC_LINK ? "a symbolic link." : "a device."),
                    "Put the file itself into the JAR.");
        }
        if (entry.isEncrypted() || (entry.method() != ArchiveEntry.STORED && entry.method() != ArchiveEntry.DEFLATED)) {
            findings.error(
                    "JAR007",
                    where + " has the entry '" + printable(name) + "', which is encrypted or compressed in a way"
                            + " (method " + entry.method() + ") that a JAR does not use.",
                    "Store it, or compress it with deflate.");
        }
        if (entry.isDirectory() && entry.size() != 0) {
            findings.error("JAR005", where + " has the directory '" + printable(name) + "' with contents.", REBUILD);
        }
    }

    private static boolean hasOddSegment(String name) {
        String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        return Arrays.stream(path.split("/", -1))
                .anyMatch(segment -> segment.isEmpty() || segment.equals(".") || segment.equals(".."));
    }

    private void checkNames() {
        Map<String, String> seen = HashMap.newHashMap(archive.entries().size());
        for (ArchiveEntry entry : archive.entries()) {
            String name = entry.name();
            String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
            String folded = Normalizer.normalize(path, Normalizer.Form.NFC)
                    .toUpperCase(Locale.ROOT)
                    .toLowerCase(Locale.ROOT);
            String other = seen.putIfAbsent(folded, name);
            if (other == null) {
                continue;
            }
            if (other.equals(name) || outermost) {
                findings.error(
                        "JAR003",
                        where + " has '" + printable(other) + "' and '" + printable(name)
                                + "', which are one path on some systems.",
                        "Keep one of them, or rename one.");
            } else {
                findings.note(
                        "JAR003",
                        where + " has '" + printable(other) + "' and '" + printable(name)
                                + "', which differ in case alone.",
                        "There is nothing to do unless the library misses one of them.");
            }
        }
    }

    private void checkSizes() {
        long total = 0;
        for (ArchiveEntry entry : archive.entries()) {
            total += entry.size();
            if (entry.size() >= RATIO_FROM
                    && entry.size() / budget.limits().ratio() > Math.max(1, entry.compressedSize())) {
                findings.error(
                        "JAR004",
                        where + " has the entry '" + printable(entry.name()) + "', which grows from "
                                + entry.compressedSize() + " to " + entry.size() + " bytes, more than "
                                + budget.limits().ratio() + " to 1.",
                        "Leave it out, or ship it compressed in a form of its own.");
            }
        }
        if (!budget.takeBytes(total)) {
            findings.error(
                    "JAR004",
                    where + " holds " + total
                            + " bytes when uncompressed; a plugin with all its libraries holds at most "
                            + budget.limits().totalBytes() + ".",
                    "Leave out what the plugin does not need.");
        }
    }

    private List<ArchiveEntry> place() throws IOException {
        List<ArchiveEntry> ordered = new ArrayList<>(archive.entries());
        ordered.sort(Comparator.comparingLong(ArchiveEntry::headerOffset));
        List<ArchiveEntry> placed = new ArrayList<>(ordered.size());
        long expected = 0;
        for (int i = 0; i < ordered.size(); i++) {
            ArchiveEntry entry = ordered.get(i);
            long next = i + 1 < ordered.size() ? ordered.get(i + 1).headerOffset() : archive.directoryOffset();
            try {
                checkGap(expected, entry.headerOffset(), entry.name());
                ArchiveEntry found = locate(entry);
                placed.add(found);
                expected = end(found, next);
            } catch (MalformedArchiveException e) {
                e.addTo(findings);
                return List.of();
            }
        }
        try {
            checkGap(expected, archive.directoryOffset(), "the central directory");
        } catch (MalformedArchiveException e) {
            e.addTo(findings);
        }
        return placed;
    }

    private void checkGap(long expected, long actual, String what) throws MalformedArchiveException {
        if (actual < expected) {
            throw new MalformedArchiveException(
                    "JAR004", where + " has entries that overlap, before " + printable(what) + ".", REBUILD);
        }
        if (actual > expected && outermost) {
            throw differs("has " + (actual - expected) + " bytes that belong to no entry, before " + printable(what));
        }
        if (actual > expected) {
            findings.note(
                    "JAR005",
                    where + " has " + (actual - expected) + " bytes that belong to no entry, before " + printable(what)
                            + ".",
                    "There is nothing to do; Java does not read them.");
        }
    }

    private ArchiveEntry locate(ArchiveEntry entry) throws IOException, MalformedArchiveException {
        String name = printable(entry.name());
        ByteBuffer header = archive.read(entry.headerOffset(), LOCAL_LENGTH);
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw differs("has no local header where the central directory points for '" + name + "'");
        }
        int nameLength = Archive.u16(header, 26);
        byte[] localName =
                archive.read(entry.headerOffset() + LOCAL_LENGTH, nameLength).array();
        boolean sizesAgree = entry.compressedSize() == Archive.u32(header, 18)
                && entry.size() == Archive.u32(header, 22)
                && entry.crc() == Archive.u32(header, 14);
        boolean sizesLeftOut =
                Archive.u32(header, 14) == 0 && Archive.u32(header, 18) == 0 && Archive.u32(header, 22) == 0;
        if (!Arrays.equals(localName, entry.rawName().bytes())
                || Archive.u16(header, 8) != entry.method()
                || ((Archive.u16(header, 6) ^ entry.flags()) & FLAGS_COMPARED) != 0
                || !(sizesAgree || (entry.hasDescriptor() && sizesLeftOut))) {
            throw differs("has a local header for '" + name + "' that says other things than the central directory");
        }
        return entry.at(entry.headerOffset() + LOCAL_LENGTH + nameLength + Archive.u16(header, 28));
    }

    /** The first byte behind the entry and its data descriptor. */
    private long end(ArchiveEntry entry, long next) throws IOException, MalformedArchiveException {
        long end = entry.dataOffset() + entry.compressedSize();
        if (!entry.hasDescriptor() || next == end) {
            return end;
        }
        boolean signed = next - end >= 16 && archive.read(end, 4).getInt(0) == DESCRIPTOR_SIGNATURE;
        ByteBuffer descriptor = archive.read(signed ? end + 4 : end, 12);
        if (Archive.u32(descriptor, 0) != entry.crc()
                || Archive.u32(descriptor, 4) != entry.compressedSize()
                || Archive.u32(descriptor, 8) != entry.size()) {
            throw differs("has a data descriptor for '" + printable(entry.name())
                    + "' that says other things than the central directory");
        }
        return end + (signed ? 16 : 12);
    }

    private MalformedArchiveException differs(String what) {
        return new MalformedArchiveException("JAR005", where + " " + what + ".", REBUILD);
    }

    /** The name with what could disturb a terminal or a log replaced, and not endless. */
    static String printable(String name) {
        StringBuilder out = new StringBuilder();
        name.codePoints().limit(200).forEach(c -> {
            int type = Character.getType(c);
            boolean odd = Character.isISOControl(c) || type == Character.FORMAT || type == Character.SURROGATE;
            out.appendCodePoint(odd ? '?' : c);
        });
        return out.toString();
    }
}
