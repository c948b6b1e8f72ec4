package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
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
 * Encrypts with keys that are here: AES-256-GCM (NIST SP 800-38D) with a random nonce for each value. The first of its
 * keys encrypts unless one is named, and all decrypt.
 */
public final class SecretCipher implements Sealing {

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final String VERSION = "1";

    /** What the keys are derived for that {@link #naming} gives. */
    public static final String NAMING = "redaction/";

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

    /** A new key, in Base64. */
    public static String freshKey(SecureRandom random) {
        byte[] bytes = new byte[KEY_BYTES];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The key that a text was encrypted with, as in {@link #ids}; empty when it is in another form. */
    public static Optional<String> keyOf(String sealed) {
        String[] parts = sealed.split("\\.", 3);
        return parts.length == 3 && parts[0].equals(VERSION) ? Optional.of(parts[1]) : Optional.empty();
    }

    /** By what the keys are known, which tells nothing of them: 8 hexadecimal digits each, in their order. */
    public List<String> ids() {
        return keys.stream().map(Key::id).toList();
    }

    /**
     * Encrypts a text.
     *
     * @param place whose it is: what was encrypted for one place opens in no other
     */
    public String seal(String text, String place) {
        return seal(text, place, keys.getFirst());
    }

    /**
     * The same with one of the keys.
     *
     * @throws AgentOsException {@code server:SECRET_UNREADABLE} when it is not here
     */
    public String seal(String text, String place, String key) {
        return seal(text, place, key(key));
    }

    private Key key(String id) {
        return keys.stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .orElseThrow(() -> unreadable("the key " + id + " is not here"));
    }

    private String seal(String text, String place, Key key) {
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
        Key key = key(parts[1]);
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

    /** The place says whose it is. */
    @Override
    public String seal(TenantOwned place, String text) {
        return seal(text, place.place());
    }

    @Override
    public String open(TenantOwned place, String sealed) {
        return open(sealed, place.place());
    }

    @Override
    public byte[] naming(String tenant) {
        return derived(NAMING + tenant);
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
