package dev.agentos.verifier;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.EdECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;

/**
 * Checks that a JAR is signed as a whole: every entry by one and the same publisher, nothing added, left out, renamed
 * or altered. The signature itself is the Java platform's; it knows nothing of the whole, which is checked here.
 */
final class JarSignature {

    /** What the platform leaves unsigned, as the specification of JAR files has it. */
    private static final Pattern RELATED = Pattern.compile(
            "META-INF/([^/]+\\.(SF|RSA|DSA|EC)|SIG-([^/.]*|[^/]*\\.[A-Za-z0-9]{1,3}))", Pattern.CASE_INSENSITIVE);

    private static final String SIGN_AGAIN =
            "Build and sign the JAR again; if you did not build it, do not install it.";

    private final Instant now;
    private final Set<String> revoked;
    private final Findings findings;

    /**
     * @param now the time at which certificates must be valid
     * @param revoked fingerprints of certificates that are not trusted any more
     */
    JarSignature(Instant now, Set<String> revoked, Findings findings) {
        this.now = now;
        this.revoked = revoked;
        this.findings = findings;
    }

    /** Checks a JAR whose structure was found sound; empty when it is not signed, or not as a whole. */
    Optional<Signer> check(Path jar) throws IOException {
        int before = findings.errorCount();
        try (JarFile file = new JarFile(jar.toFile(), true)) {
            List<JarEntry> entries = Collections.list(file.entries());
            long blocks =
                    entries.stream().filter(entry -> isBlock(entry.getName())).count();
            if (blocks == 0) {
                return Optional.empty(); // whether that is good enough is for whoever asked
            }
            Optional<X509Certificate> certificate = certificate(file, entries);
            checkMissing(file, entries);
            if (blocks > 1) {
                whole("The JAR has " + blocks + " signatures; one is meant");
            } else {
                checkRelated(entries);
            }
            if (findings.errorCount() > before || certificate.isEmpty()) {
                return Optional.empty();
            }
            Signer signer = signer(certificate.get());
            checkCertificate(certificate.get(), signer);
            return findings.errorCount() == before ? Optional.of(signer) : Optional.empty();
        } catch (SecurityException e) {
            whole("META-INF/MANIFEST.MF is not as it was signed: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static boolean isBlock(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return RELATED.matcher(name).matches() && !upper.endsWith(".SF") && !upper.startsWith("META-INF/SIG-");
    }

    /** Nothing but the signature is unsigned: what only has a name like one could be added by anybody. */
    private void checkRelated(List<JarEntry> entries) {
        List<String> related = entries.stream()
                .map(JarEntry::getName)
                .filter(name -> RELATED.matcher(name).matches())
                .toList();
        String block =
                related.stream().filter(JarSignature::isBlock).findFirst().orElseThrow();
        String file = block.substring(0, block.lastIndexOf('.')) + ".SF";
        related.stream()
                .filter(name -> !name.equals(block) && !name.equalsIgnoreCase(file))
                .forEach(name -> whole(ArchiveStructure.printable(name) + " is named like a part of a signature, and of"
                        + " none that there is"));
    }

    /** Reads every entry, and returns the certificate that all of them are signed with. */
    private Optional<X509Certificate> certificate(JarFile file, List<JarEntry> entries) throws IOException {
        Optional<X509Certificate> first = Optional.empty();
        for (JarEntry entry : entries) {
            String name = entry.getName();
            if (entry.isDirectory()
                    || name.equals(ManifestReader.PATH)
                    || RELATED.matcher(name).matches()) {
                continue;
            }
            String shown = ArchiveStructure.printable(name);
            try (InputStream in = file.getInputStream(entry)) {
                in.transferTo(OutputStream.nullOutputStream());
            } catch (SecurityException e) {
                if (String.valueOf(e.getMessage()).contains("Manifest main attributes")) {
                    throw e; // every entry would say the same
                }
                whole(shown + " is not as it was signed: "
                        + ArchiveStructure.printable(String.valueOf(e.getMessage())));
                continue;
            }
            CodeSigner[] signers = entry.getCodeSigners();
            if (signers == null || signers.length == 0) {
                whole(shown + " is not signed: it was added or renamed after the JAR was signed");
            } else if (signers.length > 1) {
                whole(shown + " is signed by " + signers.length + "; one is meant");
            } else if (signers[0].getSignerCertPath().getCertificates().getFirst() instanceof X509Certificate found) {
                if (first.isPresent() && !first.get().equals(found)) {
                    whole(shown + " is signed by another than the entries before it");
                }
                first = first.or(() -> Optional.of(found));
            }
        }
        if (first.isEmpty()) {
            whole("No entry of the JAR is signed, though it holds a signature: it is of another JAR, or damaged");
        }
        return first;
    }

    /** What the signed manifest lists and the JAR does not have. */
    private void checkMissing(JarFile file, List<JarEntry> entries) throws IOException {
        Manifest manifest = file.getManifest();
        if (manifest != null) {
            Set<String> missing = new TreeSet<>(manifest.getEntries().keySet());
            entries.forEach(entry -> missing.remove(entry.getName()));
            missing.forEach(name -> whole(ArchiveStructure.printable(name)
                    + " is signed, but the JAR does not have it: it was removed or renamed"));
        }
    }

    private void whole(String message) {
        findings.error("SIG001", message + ".", SIGN_AGAIN);
    }

    private void checkCertificate(X509Certificate certificate, Signer signer) {
        String who = "The certificate of " + signer + " ";
        if (revoked.contains(signer.fingerprint())) {
            findings.error(
                    "SIG004",
                    who + "is revoked on this server.",
                    "Ask the publisher for a release that is signed with another.");
        }
        if (now.isAfter(signer.notAfter())) {
            findings.error(
                    "SIG002", who + "expired at " + signer.notAfter() + ".", "Sign the JAR with one that is valid.");
        } else if (now.isBefore(signer.notBefore())) {
            findings.error(
                    "SIG003",
                    who + "is valid from " + signer.notBefore() + " on.",
                    "Wait, or look at the clocks of this machine and of the publisher's.");
        } else if (Signer.endsSoon(signer.notAfter(), now)) {
            findings.warning(
                    "SIG005",
                    who + "expires at " + signer.notAfter() + ".",
                    "Make a new key in time, and tell administrators its fingerprint.");
        }
        PublicKey key = certificate.getPublicKey();
        boolean ed25519 = key instanceof EdECPublicKey edwards
                && edwards.getParams().getName().equals("Ed25519");
        if (!ed25519) {
            findings.error(
                    "SIG006",
                    who + "holds a key for " + key.getAlgorithm() + ".",
                    "Make an Ed25519 key: agentos key new NAME.");
        } else {
            try {
                certificate.verify(key);
            } catch (GeneralSecurityException e) {
                findings.error(
                        "SIG006",
                        who + "is not signed by itself; authorities are not known here.",
                        "Make a key with agentos key new NAME.");
            }
        }
    }

    private static Signer signer(X509Certificate certificate) {
        String subject =
                ArchiveStructure.printable(certificate.getSubjectX500Principal().getName());
        return new Signer(
                subject.startsWith("CN=") ? subject.substring(3) : subject,
                fingerprint(certificate),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    /** The SHA-256 of a certificate, in lower-case hexadecimal digits. */
    static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** The names of entries that a signature consists of. */
    static List<String> related(JarFile file) {
        List<String> names = new ArrayList<>();
        file.stream()
                .map(JarEntry::getName)
                .filter(name -> RELATED.matcher(name).matches())
                .forEach(names::add);
        return names;
    }
}
