package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts what is to be kept secret in the database: AES-256-GCM (NIST SP 800-38D) with a random nonce for each value.
 * The first of its keys encrypts and all decrypt, so that a key is replaced by putting a new one in front.
 */
public final class SecretCipher {

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final String VERSION = "1";

    private final List<Key> keys;
    private final SecureRandom random;

    private record Key(String id, SecretKeySpec secret) {
        static Key of(byte[] bytes) {
            String id = Digests.sha256(bytes).substring(0, 8);
            return new Key(id, new SecretKeySpec(bytes, "AES"));
        }
    }

    private SecretCipher(List<Key> keys, SecureRandom random) {
        this.keys = List.copyOf(keys);
        this.random = random;
    }

    /**
     * A cipher with keys in Base64, one or several with white space or commas between them.
     *
     * @throws AgentOsException {@code server:INVALID_SETTING} when one is not 32 bytes, or there is none
     */
    public static SecretCipher of(String keys, SecureRandom random) {
        List<Key> read = new ArrayList<>();
        for (String text : keys.strip().split("[\\s,]+")) {
            byte[] bytes = decoded(text).orElse(new byte[0]);
            if (bytes.length != KEY_BYTES) {
                throw new AgentOsException(
                        KernelErrorCode.INVALID_SETTING,
                        "A key for secrets is not 32 bytes in Base64.",
                        "Make one with: head -c 32 /dev/urandom | base64");
            }
            read.add(Key.of(bytes));
            Arrays.fill(bytes, (byte) 0);
        }
        return new SecretCipher(read, random);
    }

    /** A cipher with a random key that is gone with the process. */
    public static SecretCipher passing() {
        SecureRandom random = new SecureRandom();
        byte[] bytes = new byte[KEY_BYTES];
        random.nextBytes(bytes);
        return new SecretCipher(List.of(Key.of(bytes)), random);
    }

    /**
     * A cipher with the keys of a file that only its owner can read; the file is made when there is none.
     *
     * @throws AgentOsException {@code server:DATA_DIRECTORY_UNUSABLE} when it can be neither read nor made
     */
    public static SecretCipher in(Path file, SecureRandom random) {
        try {
            if (!Files.exists(file)) {
                byte[] fresh = new byte[KEY_BYTES];
                random.nextBytes(fresh);
                SecretFile.write(file, Base64.getEncoder().encodeToString(fresh) + "\n");
            }
            return of(Files.readString(file), random);
        } catch (IOException e) {
            throw new AgentOsException(
                    KernelErrorCode.DATA_DIRECTORY_UNUSABLE,
                    "The key for secrets in " + file + " can be neither read nor made.",
                    "Check that the server's user owns the file.",
                    e);
        }
    }

    /**
     * Encrypts a text.
     *
     * @param place whose it is: what was encrypted for one place opens in no other
     */
    public String seal(String text, String place) {
        Key key = keys.getFirst();
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, key, nonce, place).doFinal(text.getBytes(StandardCharsets.UTF_8));
            byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
            return VERSION + "." + key.id() + "." + Base64.getEncoder().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has AES-256-GCM", e);
        }
    }

    /**
     * The text that {@link #seal} encrypted for that place.
     *
     * @throws AgentOsException {@code server:SECRET_UNREADABLE} when its key is not here, or it was changed
     */
    public String open(String sealed, String place) {
        String[] parts = sealed.split("\\.", 3);
        if (parts.length != 3 || !parts[0].equals(VERSION)) {
            throw unreadable("it is not in a form that this server knows");
        }
        Key key = keys.stream()
                .filter(one -> one.id().equals(parts[1]))
                .findFirst()
                .orElseThrow(() -> unreadable("it was encrypted with the key " + parts[1] + ", which is not here"));
        byte[] all = decoded(parts[2])
                .filter(bytes -> bytes.length > NONCE_BYTES)
                .orElseThrow(() -> unreadable("it was changed"));
        try {
            byte[] text = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(all, NONCE_BYTES), place)
                    .doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
            return new String(text, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException e) {
            throw unreadable("it was changed");
        }
    }

    /**
     * A key for another purpose, from which nothing of the cipher's can be told (RFC 2104, with SHA-256). It is of the
     * oldest key, so that it stays the same when a new one is put in front.
     *
     * @param purpose what it is for, as in {@code redaction/tnt_…}
     */
    public byte[] derived(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(keys.getLast().secret().getEncoded(), "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
        }
    }

    private static Cipher cipher(int mode, Key key, byte[] nonce, String place) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key.secret(), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static Optional<byte[]> decoded(String text) {
        try {
            return Optional.of(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static AgentOsException unreadable(String why) {
        return new AgentOsException(
                KernelErrorCode.SECRET_UNREADABLE,
                "A secret cannot be read: " + why + ".",
                "Give every server of the cluster the same secrets-key, or set the secret again.");
    }

    /** Nothing of the keys. */
    @Override
    public String toString() {
        return "SecretCipher[" + keys.size() + " keys]";
    }
}
