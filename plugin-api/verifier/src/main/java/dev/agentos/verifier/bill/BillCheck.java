package dev.agentos.verifier.bill;

import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Compares what a JAR says it is made of with the JARs that it holds. */
public final class BillCheck {

    /** The rule that a plugin with libraries says what it is made of. */
    public static final String THERE = "SBM001";

    /** The rule that it can be read. */
    public static final String READABLE = "SBM002";

    /** The rule that it is true of the libraries, as far as it gives their digests. */
    public static final String TRUE = "SBM003";

    /** Those in which CycloneDX gives digests, of which some are enough. */
    private static final List<String> ALGORITHMS = List.of("SHA-1", "SHA-256", "SHA-384", "SHA-512");

    private final Report report;
    private final Map<String, List<MessageDigest>> held = new LinkedHashMap<>();
    private Optional<BillOfMaterials> bill = Optional.empty();
    private boolean broken;

    /** Hears what is wrong. */
    @FunctionalInterface
    public interface Report {

        /** Something is wrong; {@code error} when it keeps the JAR out. */
        void found(String rule, boolean error, String message, String action);
    }

    /** A check that tells that one. */
    public BillCheck(Report report) {
        this.report = report;
    }

    /** A document of the JAR. */
    public void read(String name, byte[] document) {
        try {
            BillOfMaterials found = BillOfMaterials.parse(document);
            bill = Optional.of(bill.map(before -> before.and(found)).orElse(found));
        } catch (IllegalArgumentException e) {
            broken = true;
            report.found(
                    READABLE,
                    true,
                    name + " is no CycloneDX document in JSON: " + e.getMessage() + ".",
                    "Let the build write it, or leave it out.");
        }
    }

    /** There is a document, and it was not read. */
    public void skipped() {
        broken = true;
    }

    /** The same stream, of which the JAR of that name inside the JAR is learnt. */
    public OutputStream holding(String name, OutputStream out) {
        List<MessageDigest> digests = new ArrayList<>();
        OutputStream through = out;
        for (String algorithm : ALGORITHMS) {
            MessageDigest digest = digest(algorithm);
            digests.add(digest);
            through = new DigestOutputStream(through, digest);
        }
        held.put(name, digests);
        return through;
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has " + algorithm, e);
        }
    }

    /** What the JAR says, once all of it is read; tells what is missing in it, and what is not true. */
    public Optional<BillOfMaterials> checked() {
        if (bill.isEmpty()) {
            if (!broken && !held.isEmpty()) {
                report.found(
                        THERE,
                        false,
                        "The JAR holds " + held.size() + (held.size() == 1 ? " library" : " libraries")
                                + " and does not say what it is made of.",
                        "Put a CycloneDX document in JSON at META-INF/sbom/.");
            }
            return bill;
        }
        Set<String> listed = bill.get().hashes();
        held.forEach((name, digests) -> {
            Set<String> own = digests.stream()
                    .map(digest -> HexFormat.of().formatHex(digest.digest()))
                    .collect(Collectors.toSet());
            if (listed.isEmpty()) {
                report.found(
                        TRUE,
                        false,
                        "What the JAR says it is made of gives no digest by which " + name + " could be found in it.",
                        "Let the build write the hashes of components.");
            } else if (own.stream().noneMatch(listed::contains)) {
                report.found(
                        TRUE,
                        true,
                        "What the JAR says it is made of lists no file with the digest of " + name + ".",
                        "Build the JAR from clean, with a document of this build.");
            }
        });
        return bill;
    }
}
