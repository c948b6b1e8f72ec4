package dev.agentos.secrets;

import dev.agentos.kernel.SecretCipher;
import dev.agentos.kernel.SecretFile;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The key-encryption keys that this server has: those of the setting {@code secrets-key}, or else those of the file in
 * the data directory. The first is the one that is wanted; which one encrypts is said by the database, so that no
 * server meets a key that it has not.
 */
public final class KeyRing {

    private static final String FILE = "secrets.key";

    private final Optional<Path> file;
    private final SecureRandom random;
    private volatile Keys keys;

    /** The keys as they were read; {@code saved} is false for one that was made and stands nowhere yet. */
    private record Keys(Map<String, String> byId, SecretCipher cipher, boolean saved) {
        static Keys of(String text, boolean saved, SecureRandom random) {
            Map<String, String> byId = new LinkedHashMap<>();
            for (String key : text.strip().split("[\\s,]+")) {
                byId.putIfAbsent(SecretCipher.of(key, random).ids().getFirst(), key);
            }
            return new Keys(byId, SecretCipher.of(String.join("\n", byId.values()), random), saved);
        }

        Keys with(Map<String, String> other, SecureRandom random) {
            return of(String.join("\n", other.values()), true, random);
        }

        String text() {
            return byId.values().stream().map(key -> key + "\n").collect(Collectors.joining());
        }
    }

    private KeyRing(Optional<Path> file, Keys keys, SecureRandom random) {
        this.file = file;
        this.keys = keys;
        this.random = random;
    }

    /**
     * Reads the keys. Where there is neither a setting nor a file a key is made, which stands nowhere until
     * {@link #save}.
     *
     * @param setting keys in Base64, one or several with white space or commas between them
     * @param directory the data directory
     * @throws AgentOsException {@code server:INVALID_SETTING} for what is no key; {@code secrets:TWO_SOURCES} when the
     *     file has a key that the setting has not; {@code secrets:KEY_FILE_READABLE} or
     *     {@code secrets:KEY_FILE_UNUSABLE}
     */
    public static KeyRing open(Optional<String> setting, Path directory, SecureRandom random) {
        Path file = directory.resolve(FILE);
        Optional<Keys> kept = read(file).map(text -> Keys.of(text, true, random));
        if (setting.isEmpty()) {
            Keys keys = kept.orElseGet(() -> Keys.of(SecretCipher.freshKey(random), false, random));
            return new KeyRing(Optional.of(file), keys, random);
        }
        Keys set = Keys.of(setting.get(), true, random);
        List<String> more = kept.stream()
                .flatMap(keys -> keys.byId().keySet().stream())
                .filter(id -> !set.byId().containsKey(id))
                .toList();
        if (!more.isEmpty()) {
            throw new AgentOsException(
                    SecretsErrorCode.TWO_SOURCES,
                    "The setting secrets-key and the file " + file + " have different keys: the setting lacks "
                            + String.join(", ", more) + ".",
                    "Add the file's keys behind those of the setting, or move the file away if nothing was encrypted"
                            + " with them.");
        }
        return new KeyRing(Optional.empty(), set, random);
    }

    private static Optional<String> read(Path file) {
        try {
            requirePrivate(file);
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /**
     * Refuses a file of keys that anybody on the machine can read.
     *
     * @throws AgentOsException {@code secrets:KEY_FILE_READABLE}
     * @throws IOException when there is no such file
     */
    public static void requirePrivate(Path file) throws IOException {
        if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
            throw new AgentOsException(
                    SecretsErrorCode.KEY_FILE_READABLE,
                    "Everybody on this machine can read the keys in " + file + ".",
                    "Run: chmod 600 " + file + " (for a secret of a container platform, set its mode to 0400), and"
                            + " think about replacing the key.");
        }
    }

    private static AgentOsException unusable(Path file, IOException e) {
        return new AgentOsException(
                SecretsErrorCode.KEY_FILE_UNUSABLE,
                "The keys for secrets in " + file + " can be neither read nor written.",
                "Check that the server's user owns the file and its directory.",
                e);
    }

    /** What encrypts and decrypts with the keys. */
    SecretCipher cipher() {
        return keys.cipher();
    }

    /** The keys, as {@link SecretCipher#ids}; the first is wanted. */
    public List<String> ids() {
        return List.copyOf(keys.byId().keySet());
    }

    boolean has(String id) {
        return keys.byId().containsKey(id);
    }

    /** Whether the keys stand where they will be found again. */
    boolean saved() {
        return keys.saved();
    }

    /** Where the keys are from, for people. */
    public String source() {
        return file.map(Path::toString).orElse("the setting secrets-key");
    }

    /** Writes a key down that was made by {@link #open}. */
    synchronized void save() {
        if (!keys.saved()) {
            write(keys.byId());
        }
    }

    /** Reads the file anew, in which somebody may have put another key; a setting stays as it is. */
    public synchronized void reload() {
        file.flatMap(KeyRing::read).ifPresent(text -> {
            if (!text.equals(keys.text())) {
                keys = Keys.of(text, true, random);
            }
        });
    }

    /**
     * Makes a key and puts it in front.
     *
     * @throws AgentOsException {@code secrets:KEY_IN_SETTING} when the keys are in a setting
     */
    synchronized String add() {
        if (file.isEmpty()) {
            throw new AgentOsException(
                    SecretsErrorCode.KEY_IN_SETTING,
                    "The keys are in the setting secrets-key, which a server cannot change.",
                    "Put a new key (head -c 32 /dev/urandom | base64) in front of the old one in the setting of every"
                            + " server, start them anew one by one, and repeat the command.");
        }
        String key = SecretCipher.freshKey(random);
        Map<String, String> more = new LinkedHashMap<>();
        more.put(SecretCipher.of(key, random).ids().getFirst(), key);
        if (keys.saved()) {
            more.putAll(keys.byId());
        }
        write(more);
        return ids().getFirst();
    }

    /** Drops the keys of those ids for good; false, and nothing is done, when the keys are in a setting. */
    synchronized boolean drop(Set<String> ids) {
        if (file.isEmpty() || ids.isEmpty()) {
            return false;
        }
        Map<String, String> rest = new LinkedHashMap<>(keys.byId());
        rest.keySet().removeAll(ids);
        write(rest);
        return true;
    }

    private void write(Map<String, String> all) {
        Path path = file.orElseThrow();
        Keys next = keys.with(all, random);
        try {
            SecretFile.write(path, next.text());
        } catch (IOException e) {
            throw unusable(path, e);
        }
        keys = next;
    }

    /** Nothing of the keys. */
    @Override
    public String toString() {
        return Stream.of(source(), ids().toString()).collect(Collectors.joining(" ", "KeyRing[", "]"));
    }
}
