package dev.agentos.verifier;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;

/**
 * Who signed a JAR, by a certificate of his own making: the name is what he says, the fingerprint is who he is.
 *
 * @param name the certificate's subject
 * @param fingerprint the SHA-256 of the certificate, 64 lower-case hexadecimal digits
 * @param notBefore from when on the certificate is valid
 * @param notAfter until when it is
 */
public record Signer(String name, String fingerprint, Instant notBefore, Instant notAfter) {

    private static final Duration SOON = Duration.ofDays(30);

    /** Whether a certificate that is valid until then has expired, or does within 30 days. */
    public static boolean endsSoon(Instant notAfter, Instant now) {
        return now.plus(SOON).isAfter(notAfter);
    }

    /** As JSON. */
    public JsonObject toJson() {
        return JsonObject.of(
                "name",
                name,
                "fingerprint",
                fingerprint,
                "notBefore",
                notBefore.toString(),
                "notAfter",
                notAfter.toString());
    }

    /** {@code name (fingerprint)}, for people. */
    @Override
    public String toString() {
        return ArchiveStructure.printable(name) + " (" + fingerprint + ")";
    }
}
