package dev.agentos.web.resources;

import dev.agentos.kernel.PageRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates the cursors of lists (RFC 2104, with SHA-256), so that nobody but a server makes one, and one fits only
 * where it was given out.
 */
public final class CursorSeal {

    private static final String ALGORITHM = "HmacSHA256";

    /** Half of what the algorithm yields, as it may be cut to. */
    private static final int TAG_BYTES = 16;

    private static final int TAG_LENGTH = 22;

    private final Supplier<byte[]> keys;
    private volatile @Nullable SecretKeySpec key;

    /**
     * A seal of all servers that have the key.
     *
     * @param keys gives random bytes, always the same; asked when there is a first cursor
     */
    public CursorSeal(Supplier<byte[]> keys) {
        this.keys = keys;
    }

    /**
     * What a client gets.
     *
     * @param place whose list it is, and which
     * @param cursor of the list
     */
    public String sealed(String place, String cursor) {
        return tag(place, cursor) + cursor;
    }

    /**
     * Checks what a client sends.
     *
     * @throws dev.agentos.kernel.InvalidInputException {@code server:INVALID_CURSOR} when it was not given out there
     */
    public void require(String place, String sealed) {
        byte[] tag = sealed.substring(0, Math.min(TAG_LENGTH, sealed.length())).getBytes(StandardCharsets.UTF_8);
        byte[] wanted = tag(place, content(sealed)).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(wanted, tag)) {
            throw PageRequest.invalidCursor();
        }
    }

    /** The list's cursor in one that {@link #require} has let pass. */
    public static String content(String sealed) {
        return sealed.substring(Math.min(TAG_LENGTH, sealed.length()));
    }

    /** Two that ask at once get the same. */
    private SecretKeySpec key() {
        SecretKeySpec known = key;
        if (known == null) {
            known = new SecretKeySpec(keys.get(), ALGORITHM);
            key = known;
        }
        return known;
    }

    private String tag(String place, String cursor) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key());
            byte[] all = mac.doFinal((place + '\n' + cursor).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(all, TAG_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
        }
    }
}
