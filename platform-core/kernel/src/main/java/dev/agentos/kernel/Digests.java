package dev.agentos.kernel;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of the family SHA-2 (FIPS 180-4), written in lower-case hexadecimal digits. */
public final class Digests {

    private Digests() {}

    /** A fresh SHA-256. */
    public static MessageDigest sha256() {
        return of("SHA-256");
    }

    /** A fresh SHA-512. */
    public static MessageDigest sha512() {
        return of("SHA-512");
    }

    /** The SHA-256 of those bytes. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** What a digest has come to; it begins anew after this. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest of(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has " + algorithm, e);
        }
    }
}
