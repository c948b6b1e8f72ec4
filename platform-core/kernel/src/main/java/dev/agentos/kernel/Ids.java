package dev.agentos.kernel;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Makes identifiers: a prefix, then 26 characters of Crockford's Base32 that hold 48 bits of milliseconds and 80 random
 * bits, the layout of a ULID. They sort by time, those of one millisecond in the order in which they were made, and
 * cannot be guessed: between two of one millisecond lies a random distance of 63 bits.
 */
public final class Ids {

    private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();

    private final InstantSource clock;
    private final RandomGenerator random;
    private long high;
    private long low;

    /** Ids by that clock and that source of randomness. */
    public Ids(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** Ids by the system's clock and a secure source. */
    public static Ids system() {
        return new Ids(InstantSource.system(), new SecureRandom());
    }

    /** A new id, as in {@code exe_01j9…} for the prefix {@code exe}. */
    public synchronized String next(String prefix) {
        long millis = clock.millis();
        if (high >>> 16 == millis) {
            long before = low;
            low += 1 + (random.nextLong() >>> 1);
            high += Long.compareUnsigned(low, before) < 0 ? 1 : 0;
        } else {
            // The half that is left free has room for 65,000 and more of the same millisecond.
            high = (millis << 16) | (random.nextInt() & 0x7FFFL);
            low = random.nextLong();
        }
        return prefix + "_" + base32(high, low);
    }

    /** An id behind all that were made before that time, and before all that are made later. */
    public static String least(String prefix, Instant time) {
        return prefix + "_" + base32(time.toEpochMilli() << 16, 0);
    }

    /** A new secret of 160 random bits, 32 characters. */
    public String secret() {
        StringBuilder out = new StringBuilder(32);
        for (int i = 0; i < 32; i++) {
            out.append(ALPHABET[random.nextInt(32)]);
        }
        return out.toString();
    }

    private static String base32(long high, long low) {
        char[] out = new char[26];
        long h = high;
        long l = low;
        for (int i = 25; i >= 0; i--) {
            out[i] = ALPHABET[(int) (l & 31)];
            l = (l >>> 5) | (h << 59);
            h >>>= 5;
        }
        return new String(out);
    }
}
