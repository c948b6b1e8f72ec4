package dev.agentos.redaction;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stands for values of one tenant by names that tell nothing of them: the same name for the same value, another one for
 * another tenant. HMAC-SHA-256 (RFC 2104) in letters, in which no detector finds anything.
 */
public final class Pseudonyms {

    private static final int HASH_BYTES = 8;
    private static final int TOKEN_BYTES = 16;

    private final Mac mac;

    /** Names by that key, which is the tenant's own. */
    public Pseudonyms(byte[] key) {
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
        }
    }

    String hash(String detector, String value) {
        return letters("hash", detector, value, HASH_BYTES);
    }

    /** Beginning with {@code tok_}. */
    String token(String detector, String value) {
        return "tok_" + letters("token", detector, value, TOKEN_BYTES);
    }

    private String letters(String use, String detector, String value, int bytes) {
        try {
            // Several threads name at a time; each has its own.
            byte[] digest = ((Mac) mac.clone())
                    .doFinal((use + "\n" + detector + "\n" + value).getBytes(StandardCharsets.UTF_8));
            StringBuilder letters = new StringBuilder();
            for (int i = 0; i < bytes; i++) {
                letters.append((char) ('a' + (digest[i] >> 4 & 15))).append((char) ('a' + (digest[i] & 15)));
            }
            return letters.toString();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own HMAC-SHA-256 can be copied", e);
        }
    }

    /** Nothing of the key. */
    @Override
    public String toString() {
        return "Pseudonyms";
    }
}
