package dev.agentos.registrymodel;

import dev.agentos.kernel.Digests;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PublisherKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A signed document in the form of the Dead Simple Signing Envelope, version 1 (DSSE). A signature covers the type and
 * the payload's bytes as they are, so nothing is brought into a canonical form. Beside each signature is the
 * certificate of its key, a member of ours.
 */
public final class Envelope {

    /** The media type of an envelope as JSON. */
    public static final String MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json";

    private static final String VERSION = "DSSEv1";
    private static final int MOST_SIGNATURES = 16;

    private final String payloadType;
    private final byte[] payload;
    private final List<Part> signatures;

    private Envelope(String payloadType, byte[] payload, List<Part> signatures) {
        this.payloadType = payloadType;
        this.payload = payload;
        this.signatures = List.copyOf(signatures);
    }

    /** One signature, with the certificate of its key. */
    private static final class Part {
        private final byte[] signature;
        private final byte[] certificate;

        Part(byte[] signature, byte[] certificate) {
            this.signature = signature;
            this.certificate = certificate;
        }

        String fingerprint() {
            return Digests.sha256(certificate);
        }
    }

    /** Signs a payload. */
    public static Envelope signed(String payloadType, byte[] payload, PublisherKey key) {
        byte[] signature = key.signature(encoded(payloadType, payload));
        return new Envelope(payloadType, payload.clone(), List.of(new Part(signature, key.certificate())));
    }

    /** What is signed: DSSE's pre-authentication encoding (PAE). */
    static byte[] encoded(String payloadType, byte[] payload) {
        byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes((VERSION + " " + type.length + " ").getBytes(StandardCharsets.UTF_8));
        out.writeBytes(type);
        out.writeBytes((" " + payload.length + " ").getBytes(StandardCharsets.UTF_8));
        out.writeBytes(payload);
        return out.toByteArray();
    }

    /** What kind of document the payload is. */
    public String payloadType() {
        return payloadType;
    }

    /** The document. It says nothing before {@link #isSignedBy} has said yes. */
    public byte[] payload() {
        return payload.clone();
    }

    /** The SHA-256 of the document. */
    public String digest() {
        return Digests.sha256(payload);
    }

    /** The SHA-256 of the certificates that are beside the signatures, whether or not these are sound. */
    public List<String> fingerprints() {
        return signatures.stream().map(Part::fingerprint).toList();
    }

    /** Whether a sound signature is there that was made with the key of the certificate of that SHA-256. */
    public boolean isSignedBy(String fingerprint) {
        return signatures.stream()
                .filter(part -> part.fingerprint().equals(fingerprint))
                .anyMatch(this::isSound);
    }

    private boolean isSound(Part part) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(certificate(part).getPublicKey());
            signature.update(encoded(payloadType, payload));
            return signature.verify(part.signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static X509Certificate certificate(Part part) throws CertificateException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(part.certificate));
    }

    /** This envelope as JSON. */
    public JsonObject toJson() {
        Base64.Encoder base64 = Base64.getEncoder();
        return JsonObject.of(
                "payload", base64.encodeToString(payload),
                "payloadType", payloadType,
                "signatures",
                        signatures.stream()
                                .map(part -> JsonObject.of(
                                        "keyid", part.fingerprint(),
                                        "sig", base64.encodeToString(part.signature),
                                        "certificate", base64.encodeToString(part.certificate)))
                                .toList());
    }

    /**
     * Reads what {@link #toJson()} wrote; unknown members are ignored, and so is a signature without a certificate.
     *
     * @throws IllegalArgumentException naming what is missing or wrong
     */
    public static Envelope fromJson(JsonObject json) {
        List<JsonObject> parts = Members.objects(json, "signatures").toList();
        if (parts.size() > MOST_SIGNATURES) {
            throw new IllegalArgumentException("There are more than " + MOST_SIGNATURES + " signatures");
        }
        return new Envelope(
                Members.text(json, "payloadType"),
                bytes(Members.text(json, "payload")),
                parts.stream().flatMap(part -> part(part).stream()).toList());
    }

    private static Optional<Part> part(JsonObject json) {
        return json.text("certificate")
                .map(certificate -> new Part(bytes(Members.text(json, "sig")), bytes(certificate)));
    }

    /** DSSE lets writers choose between the two alphabets of base64. */
    private static byte[] bytes(String base64) {
        return Base64.getDecoder().decode(base64.replace('-', '+').replace('_', '/'));
    }
}
