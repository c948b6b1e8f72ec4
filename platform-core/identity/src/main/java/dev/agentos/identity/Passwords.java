package dev.agentos.identity;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Hashes of passwords by Argon2id, written as its reference implementation does. Each takes 19 MiB for a moment, so
 * only a few are computed at once; who comes when too many wait is sent away.
 */
public final class Passwords {

    /** Fewest characters of a password. */
    public static final int SHORTEST = 12;

    /** Most characters of a password. */
    public static final int LONGEST = 256;

    // OWASP's parameters.
    private static final int KIBIBYTES = 19 * 1024;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int AT_ONCE = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int FEWEST_DIFFERENT = 5;

    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");

    private final RandomGenerator random;
    private final Semaphore places = new Semaphore(AT_ONCE, true);
    /** Of no password: a person who does not exist takes as long as one who does. */
    private final String nobody;

    /** Salts come from that source. */
    public Passwords(RandomGenerator random) {
        this.random = random;
        byte[] bytes = new byte[HASH_BYTES];
        random.nextBytes(bytes);
        this.nobody = written(new Cost(KIBIBYTES, PASSES, LANES), Arrays.copyOf(bytes, SALT_BYTES), bytes);
    }

    private record Cost(int kibibytes, int passes, int lanes) {}

    /**
     * Passes when a password is good enough for that person.
     *
     * @throws AgentOsException {@code identity:WEAK_PASSWORD}
     */
    public static void requireGood(String password, String email) {
        String fault = fault(password, email);
        if (!fault.isEmpty()) {
            throw InvalidInputException.of(
                    IdentityErrorCode.WEAK_PASSWORD, "/password", fault, "Choose another; a sentence is a good one.");
        }
    }

    private static String fault(String password, String email) {
        int characters = password.codePointCount(0, password.length());
        if (characters < SHORTEST || characters > LONGEST) {
            return "A password has " + SHORTEST + " to " + LONGEST + " characters.";
        }
        if (password.codePoints().distinct().count() < FEWEST_DIFFERENT) {
            return "The password repeats too few characters.";
        }
        return password.strip().equalsIgnoreCase(email) ? "The password is the e-mail address." : "";
    }

    /** The hash of a password. */
    public String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        Cost cost = new Cost(KIBIBYTES, PASSES, LANES);
        return written(cost, salt, computed(password, cost, salt, HASH_BYTES));
    }

    /** Whether it is the password of that hash; without a hash it takes as long, and is not. */
    public boolean matches(String password, Optional<String> hash) {
        Matcher form = FORM.matcher(hash.orElse(nobody));
        if (!form.matches()) {
            throw new IllegalStateException("A kept hash of a password is not of Argon2id");
        }
        Cost cost = new Cost(
                Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)), Integer.parseInt(form.group(3)));
        byte[] salt = Base64.getDecoder().decode(form.group(4));
        byte[] wanted = Base64.getDecoder().decode(form.group(5));
        return MessageDigest.isEqual(computed(password, cost, salt, wanted.length), wanted) && hash.isPresent();
    }

    private byte[] computed(String password, Cost cost, byte[] salt, int bytes) {
        try {
            if (!places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw overloaded();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw overloaded();
        }
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(cost.kibibytes())
                    .withIterations(cost.passes())
                    .withParallelism(cost.lanes())
                    .withSalt(salt)
                    .build());
            byte[] hash = new byte[bytes];
            // The same password typed on another keyboard is the same.
            generator.generateBytes(
                    Normalizer.normalize(password, Normalizer.Form.NFC).getBytes(StandardCharsets.UTF_8), hash);
            return hash;
        } finally {
            places.release();
        }
    }

    private static AgentOsException overloaded() {
        return new AgentOsException(
                IdentityErrorCode.PASSWORDS_OVERLOADED,
                "Too many passwords are being checked at the moment.",
                "Try again in a few seconds.");
    }

    private static String written(Cost cost, byte[] salt, byte[] hash) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + cost.kibibytes() + ",t=" + cost.passes() + ",p=" + cost.lanes() + "$"
                + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }
}
