package dev.agentos.audit;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.SecretFile;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** The Ed25519 key (RFC 8032) with which a server signs checkpoints. */
public final class AuditKey {

    private static final String ALGORITHM = "Ed25519";

    private final PrivateKey secret;
    private final String publicKey;

    private AuditKey(PrivateKey secret, String publicKey) {
        this.secret = secret;
        this.publicKey = publicKey;
    }

    /** A new key. */
    public static AuditKey fresh() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            return new AuditKey(pair.getPrivate(), encoded(pair.getPublic().getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has Ed25519", e);
        }
    }

    /**
     * The key in a file that only its owner can read, the secret half in the first line and the public one in the
     * second; the file is made when there is none.
     *
     * @throws AgentOsException {@code server:DATA_DIRECTORY_UNUSABLE} when it can be neither read nor made, or holds no
     *     key
     */
    public static AuditKey in(Path file) {
        try {
            if (!Files.exists(file)) {
                AuditKey fresh = fresh();
                SecretFile.write(file, encoded(fresh.secret.getEncoded()) + "\n" + fresh.publicKey + "\n");
                return fresh;
            }
            List<String> lines = Files.readAllLines(file);
            PrivateKey secret = KeyFactory.getInstance(ALGORITHM)
                    .generatePrivate(new PKCS8EncodedKeySpec(
                            Base64.getDecoder().decode(lines.getFirst().strip())));
            AuditKey key = new AuditKey(secret, lines.get(1).strip());
            byte[] probe = {1};
            if (!signed(key.publicKey, probe, key.sign(probe))) {
                throw new GeneralSecurityException("The halves are not of one key");
            }
            return key;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new AgentOsException(
                    KernelErrorCode.DATA_DIRECTORY_UNUSABLE,
                    "The key that signs the checkpoints of records, in " + file + ", can be neither read nor made.",
                    "Check that the server's user owns the file; put back a copy of it, or move it away for a new"
                            + " one.",
                    e);
        }
    }

    /** For those who verify, as X.509 SubjectPublicKeyInfo in Base64. */
    String publicKey() {
        return publicKey;
    }

    String sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(secret);
            signature.update(message);
            return encoded(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has Ed25519", e);
        }
    }

    /** Whether a message was signed so with the secret half of a public key; not if any of it is unreadable. */
    static boolean signed(String publicKey, byte[] message, String signature) {
        try {
            Signature check = Signature.getInstance(ALGORITHM);
            check.initVerify(KeyFactory.getInstance(ALGORITHM)
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey))));
            check.update(message);
            return check.verify(Base64.getDecoder().decode(signature));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Nothing of the secret half. */
    @Override
    public String toString() {
        return "AuditKey[" + publicKey + "]";
    }
}
