package dev.agentos.web.resources;

import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
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

    /** How old what is known of the keys becomes: another server may have replaced them. */
    private static final long FRESH = TimeUnit.SECONDS.toNanos(10);

    private final Supplier<List<byte[]>> keys;
    private final LongSupplier nanos;
    private volatile @Nullable Known known;

    private record Known(List<SecretKeySpec> keys, long readAt) {}

    /**
     * A seal of all servers that have the keys.
     *
     * @param keys gives random bytes: the key that seals, then others that are still taken
     */
    public CursorSeal(Supplier<List<byte[]>> keys) {
        this(keys, System::nanoTime);
    }

    CursorSeal(Supplier<List<byte[]>> keys, LongSupplier nanos) {
        this.keys = keys;
        this.nanos = nanos;
    }

    /**
     * What a client gets.
     *
     * @param place whose list it is, and which
     * @param cursor of the list
     */
    public String sealed(String place, String cursor) {
        return tag(known().keys().getFirst(), place, cursor) + cursor;
    }

    /**
     * Checks what a client sends.
     *
     * @throws dev.agentos.kernel.InvalidInputException {@code server:INVALID_CURSOR} when it was not given out there
     */
    public void require(String place, String sealed) {
        // What no known key has sealed may have been sealed on another server by one that is new.
        if (!fits(known(), place, sealed) && !fits(read(), place, sealed)) {
            throw PageRequest.invalidCursor();
        }
    }

    private static boolean fits(Known known, String place, String sealed) {
        byte[] tag = sealed.substring(0, Math.min(TAG_LENGTH, sealed.length())).getBytes(StandardCharsets.UTF_8);
        boolean fits = false;
        for (SecretKeySpec key : known.keys()) {
            fits |= MessageDigest.isEqual(tag(key, place, content(sealed)).getBytes(StandardCharsets.UTF_8), tag);
        }
        return fits;
    }

    /** The list's cursor in one that {@link #require} has let pass. */
    public static String content(String sealed) {
        return sealed.substring(Math.min(TAG_LENGTH, sealed.length()));
    }

    private Known known() {
        Known now = known;
        if (now != null && nanos.getAsLong() - now.readAt() < FRESH) {
            return now;
        }
        try {
            return read();
        } catch (AgentOsException e) {
            if (now == null) {
                throw e;
            }
            // A database that is away is no reason to forget them.
            return now;
        }
    }

    private Known read() {
        long at = nanos.getAsLong();
        Known now = new Known(
                keys.get().stream()
                        .map(key -> new SecretKeySpec(key, ALGORITHM))
                        .toList(),
                at);
        known = now;
        return now;
    }

    private static String tag(SecretKeySpec key, String place, String cursor) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] all = mac.doFinal((place + '\n' + cursor).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(all, TAG_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
        }
    }
}
