package dev.agentos.verifier;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks class files one by one and remembers which classes there are and what they link. */
final class ClassCheck {

    /** The longest class file; compilers' output stays far below. */
    static final int MAX_BYTES = 8 << 20;

    private static final int MAGIC = 0xCAFEBABE;
    private static final int NEWEST_MAJOR = ClassFile.JAVA_25_VERSION;
    private static final int FIRST_JAVA_MAJOR = 44;
    private static final int HEADER_LENGTH = 10;
    private static final Pattern VERSIONED = Pattern.compile("META-INF/versions/([0-9]{1,4})/(.*)");

    private final Findings findings;
    private final Set<String> classNames = new HashSet<>();
    private final LinkCheck links = new LinkCheck();
    private final Map<String, String> digests = new LinkedHashMap<>();

    ClassCheck(Findings findings) {
        this.findings = findings;
    }

    /** The classes seen so far, with dots, as {@link Class#getName()} gives them. */
    Set<String> classNames() {
        return classNames;
    }

    /** What the classes seen so far link of the Java platform. */
    LinkCheck links() {
        return links;
    }

    /** The names of the classes that can be loaded from where they are, by the digests of their bytes. */
    Map<String, String> digests() {
        return digests;
    }

    /**
     * Checks one class file.
     *
     * @param where the JAR it is in
     * @param path its path in the JAR
     * @param bytes its contents
     */
    void check(String where, String path, byte[] bytes) {
        Matcher versioned = VERSIONED.matcher(path);
        boolean layered = versioned.matches();
        String classPath = layered ? versioned.group(2) : path;
        if (layered && Integer.parseInt(versioned.group(1)) > NEWEST_MAJOR - FIRST_JAVA_MAJOR) {
            return; // a later Java's variant, which this one never reads
        }
        String place = where + ": " + ArchiveStructure.printable(path);
        if (!versionFits(place, bytes)) {
            return;
        }
        try {
            ClassModel model = ClassFile.of().parse(bytes);
            String internalName = read(model);
            links.scan(where, model);
            if (!(internalName + ".class").equals(classPath)) {
                findings.warning(
                        "CLS003",
                        place + " holds the class " + ArchiveStructure.printable(internalName)
                                + ", which cannot be loaded from there.",
                        "Move it to the path of its name, or leave it out.");
            } else {
                classNames.add(internalName.replace('/', '.'));
                digests.put(VerifiedClasses.digest(bytes), internalName.replace('/', '.'));
            }
            checkPackage(place, internalName.replace('/', '.'));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            unreadable(place + " is not a valid class file: "
                    + ArchiveStructure.printable(String.valueOf(e.getMessage())));
        }
    }

    /** Notes a class file that is too long to read. */
    void tooLong(String where, String path) {
        unreadable(where + ": " + ArchiveStructure.printable(path) + " is longer than " + MAX_BYTES + " bytes");
    }

    void checkPackage(String place, String name) {
        if (HostPackages.reserves(name)) {
            findings.error(
                    "CLS002",
                    place + ": " + ArchiveStructure.printable(name) + " is in a package that belongs to the host.",
                    "Leave it out: the host provides it. Put your own classes into a package of your own.");
        }
    }

    private boolean versionFits(String place, byte[] bytes) {
        if (bytes.length < HEADER_LENGTH || integer(bytes, 0) != MAGIC) {
            unreadable(place + " is not a class file");
            return false;
        }
        int minor = integer(bytes, 4) >>> 16;
        int major = integer(bytes, 4) & 0xFFFF;
        if (major > NEWEST_MAJOR || major <= FIRST_JAVA_MAJOR || (minor == ClassFile.PREVIEW_MINOR_VERSION)) {
            findings.error(
                    "CLS001",
                    place + " has class file version " + major + "." + minor + "; the server runs 45 to " + NEWEST_MAJOR
                            + " (Java " + (NEWEST_MAJOR - FIRST_JAVA_MAJOR) + ") without preview features.",
                    "Compile with --release " + (NEWEST_MAJOR - FIRST_JAVA_MAJOR) + " or lower.");
            return false;
        }
        return true;
    }

    private static int integer(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | (bytes[at + 3] & 0xFF);
    }

    /** Reads all that the verifier relies on, and returns the class's name with slashes. */
    private static String read(ClassModel model) {
        model.superclass().ifPresent(entry -> entry.asInternalName());
        model.interfaces().forEach(entry -> entry.asInternalName());
        for (FieldModel field : model.fields()) {
            field.fieldTypeSymbol();
        }
        for (MethodModel method : model.methods()) {
            method.methodTypeSymbol();
            method.code().ifPresent(code -> code.elementList());
        }
        return model.thisClass().asInternalName();
    }

    private void unreadable(String message) {
        findings.error("CLS001", message + ".", "Build the JAR again.");
    }
}
