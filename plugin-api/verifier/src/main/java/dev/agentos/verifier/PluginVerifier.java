package dev.agentos.verifier;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.jar.Attributes;

/**
 * Verifies plugin JARs. Holds no state between calls and may be used by several threads.
 *
 * <p>Memory is bounded by the largest class file or central directory and by what classes link beyond what is free,
 * time by the limits; embedded JARs are copied to temporary files, which are gone when the call returns. The file must
 * not change meanwhile: verify a private copy.
 */
public final class PluginVerifier {

    private static final String OUTERMOST = "The JAR";

    private final VerifierLimits limits;
    private final InstantSource clock;
    private final Supplier<Set<String>> revoked;

    /** A verifier with {@link VerifierLimits#DEFAULT}. */
    public PluginVerifier() {
        this(VerifierLimits.DEFAULT);
    }

    /** A verifier with other limits. */
    public PluginVerifier(VerifierLimits limits) {
        this(limits, InstantSource.system(), Set::of);
    }

    /**
     * A verifier that judges certificates, too.
     *
     * @param clock tells when they must be valid
     * @param revoked the fingerprints of those that are not trusted any more, asked at each call
     */
    public PluginVerifier(VerifierLimits limits, InstantSource clock, Supplier<Set<String>> revoked) {
        this.limits = limits;
        this.clock = clock;
        this.revoked = revoked;
    }

    /**
     * Verifies one JAR. Whatever is wrong with it is in the report; nothing about its contents is thrown.
     *
     * @throws AgentOsException {@code verifier:FILE_UNREADABLE} when the file or temporary space cannot be used
     */
    public VerificationReport verify(Path jar) {
        String file = String.valueOf(jar.getFileName());
        try (FileChannel channel = FileChannel.open(jar, StandardOpenOption.READ)) {
            return verify(channel, jar, file);
        } catch (IOException e) {
            throw new AgentOsException(
                    VerifierErrorCode.FILE_UNREADABLE,
                    "The file " + file + " cannot be verified: " + e.getClass().getSimpleName() + " " + e.getMessage()
                            + ".",
                    "Check that the file exists and is readable, and that the temporary directory has space.",
                    e);
        }
    }

    private VerificationReport verify(FileChannel channel, Path jar, String file) throws IOException {
        Findings findings = new Findings();
        long size = channel.size();
        String sha512 = sha512(channel);
        Optional<PluginManifest> manifest = Optional.empty();
        VerifiedClasses classes = VerifiedClasses.NONE;
        Optional<Signer> signer = Optional.empty();
        Optional<BillOfMaterials> bill = Optional.empty();
        if (size > limits.fileBytes()) {
            findings.error(
                    "JAR004",
                    OUTERMOST + " has " + size + " bytes; at most " + limits.fileBytes() + " are read.",
                    "Leave out what the plugin does not need.");
        } else {
            JarContents contents = new JarContents(new Budget(limits), findings);
            contents.read(channel, OUTERMOST, 0);
            manifest = manifest(contents, sha512, findings);
            classes = links(contents.classes(), manifest, findings);
            bill = contents.bill().checked();
            if (contents.sound()) {
                signer = new JarSignature(clock.instant(), revoked.get(), findings).check(jar);
            }
        }
        return new VerificationReport(file, size, sha512, manifest, signer, classes, findings.toList(), bill);
    }

    private static VerifiedClasses links(ClassCheck classes, Optional<PluginManifest> manifest, Findings findings) {
        // Without a manifest nothing is known of what is declared, and there is a finding that says so.
        if (manifest.isEmpty()) {
            return VerifiedClasses.NONE;
        }
        List<Permission> declared = manifest.get().permissions().stream()
                .map(PermissionRequest::permission)
                .toList();
        checkGroups(declared, findings);
        LinkReport report = new LinkReport(OUTERMOST, declared);
        report.report(classes.links().links(), findings);
        Map<String, List<List<JdkLinks.Need>>> conditions = new LinkedHashMap<>();
        classes.digests().forEach((digest, name) -> {
            if (!report.heldBack().contains(name)) {
                conditions.put(digest, report.conditions().getOrDefault(name, List.of()));
            }
        });
        return new VerifiedClasses(conditions);
    }

    private static void checkGroups(List<Permission> declared, Findings findings) {
        Set<String> groups = JdkLinks.current().groups();
        declared.stream()
                .filter(permission -> permission.kind() == PermissionKind.JDK_GROUP)
                .filter(permission -> !groups.contains(permission.target().orElseThrow()))
                .forEach(permission -> findings.error(
                        "PRM003",
                        "There is no group of the Java platform's classes '"
                                + permission.target().orElseThrow() + "', which is declared.",
                        "Use one of " + String.join(", ", groups) + "."));
    }

    private static Optional<PluginManifest> manifest(JarContents contents, String sha512, Findings findings) {
        if (contents.manifest().isEmpty()) {
            if (findings.errorCount() == 0) {
                findings.error(
                        "MAN001",
                        OUTERMOST + " has no " + ManifestReader.PATH + " (in exactly these letters).",
                        "Let the build tool write it.");
            }
            return Optional.empty();
        }
        Optional<Attributes> headers =
                ManifestReader.headers(contents.manifest().get(), findings);
        headers.ifPresent(attributes -> checkExtensions(contents, attributes, findings));
        headers.ifPresent(attributes -> exportedPackages(contents, attributes, findings));
        return headers.flatMap(attributes -> ManifestReader.read(attributes, sha512, findings));
    }

    private static void exportedPackages(JarContents contents, Attributes headers, Findings findings) {
        String exports = Optional.ofNullable(headers.getValue("Export-Package")).orElse("");
        // Quoted attributes go first: uses:="dev.agentos.spi,…" names packages that are imported, not exported.
        for (String clause : exports.replaceAll("\"[^\"]*\"", "").split("[,;]")) {
            String name = clause.strip();
            contents.classes().checkPackage("Header Export-Package", name);
            if (HostPackages.offered().containsKey(name) && !HostPackages.reserves(name)) {
                findings.error(
                        "EXP001",
                        "Header Export-Package offers " + name + " to other plugins, which have it from the host.",
                        "Leave it out of Export-Package. A copy for the plugin's own use is embedded, and neither"
                                + " exported nor imported.");
            }
        }
    }

    private static void checkExtensions(JarContents contents, Attributes headers, Findings findings) {
        Optional<byte[]> index = contents.extensionIndex();
        if (index.isEmpty()) {
            if (headers.getValue("Export-Package") == null && headers.getValue("AgentOS-Site") == null) {
                findings.error(
                        "EXT001",
                        OUTERMOST + " has no META-INF/extensions.idx, so it extends nothing.",
                        "Annotate an extension with @AgentOsExtension and compile with annotation processing.");
            }
            return;
        }
        new String(index.get(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(name ->
                        !name.isEmpty() && !contents.classes().classNames().contains(name))
                .forEach(name -> findings.error(
                        "EXT001",
                        "META-INF/extensions.idx lists " + ArchiveStructure.printable(name)
                                + ", which is not among the classes of the JAR.",
                        "Build the JAR from clean, or add the class."));
    }

    private static String sha512(FileChannel channel) throws IOException {
        MessageDigest digest = sha512();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        long position = 0;
        for (int count = channel.read(buffer, position); count >= 0; count = channel.read(buffer, position)) {
            position += count;
            digest.update(buffer.flip());
            buffer.clear();
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha512() {
        try {
            return MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-512", e);
        }
    }
}
