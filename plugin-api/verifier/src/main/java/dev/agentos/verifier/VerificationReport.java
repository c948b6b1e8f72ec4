package dev.agentos.verifier;

import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the verifier found in one JAR.
 *
 * @param file the file's name, without its directory
 * @param sizeBytes the file's length
 * @param sha512 the file's digest, 128 lower-case hexadecimal digits
 * @param manifest what the plugin says of itself; empty when that cannot be read
 * @param signer who signed all of it; empty when nobody did, or not as a whole
 * @param classes which of its classes may be loaded
 * @param findings in the order of the checks, at most {@value #MAX_FINDINGS}
 * @param bill what it says it is made of; empty when it says nothing, or nothing that can be read
 */
public record VerificationReport(
        String file,
        long sizeBytes,
        String sha512,
        Optional<PluginManifest> manifest,
        Optional<Signer> signer,
        VerifiedClasses classes,
        List<Finding> findings,
        Optional<BillOfMaterials> bill) {

    /** The most findings in a report; what comes after is dropped, and a last finding says so. */
    public static final int MAX_FINDINGS = 200;

    public VerificationReport {
        findings = List.copyOf(findings);
    }

    /** A report on a JAR that does not say what it is made of. */
    public VerificationReport(
            String file,
            long sizeBytes,
            String sha512,
            Optional<PluginManifest> manifest,
            Optional<Signer> signer,
            VerifiedClasses classes,
            List<Finding> findings) {
        this(file, sizeBytes, sha512, manifest, signer, classes, findings, Optional.empty());
    }

    /** True when nothing keeps the JAR out: a readable manifest and no finding of severity ERROR. */
    public boolean accepted() {
        return manifest.isPresent() && errors().isEmpty();
    }

    /** The findings that keep the JAR out. */
    public List<Finding> errors() {
        return findings.stream()
                .filter(finding -> finding.severity() == Finding.Severity.ERROR)
                .toList();
    }

    /** The report for a terminal: one line that says the outcome, then one for each finding. */
    public String toText() {
        String subject = manifest.map(m -> m.id() + " " + m.version() + " (" + file + ")")
                .orElse(file);
        String outcome = (accepted() ? "accepted" : "refused")
                + signer.map(who -> ", signed by " + who).orElse(", not signed");
        return findings.stream()
                .map(finding -> "\n  " + finding)
                .collect(Collectors.joining("", subject + ": " + outcome, "\n"));
    }

    /** The report as JSON. */
    public JsonObject toJson() {
        return JsonObject.of(
                "file",
                file,
                "sizeBytes",
                sizeBytes,
                "sha512",
                sha512,
                "accepted",
                accepted(),
                "manifest",
                manifest.map(PluginManifest::toJson).orElse(null),
                "signer",
                signer.map(Signer::toJson).orElse(null),
                "findings",
                findings.stream().map(Finding::toJson).toList(),
                "components",
                bill.map(BillOfMaterials::references).orElse(null));
    }

    /** The report in the form of SARIF 2.1.0. */
    public JsonObject toSarif() {
        return SarifReport.of(this);
    }
}
