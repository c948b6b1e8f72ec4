package dev.agentos.registryclient;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether what a registry says is believed. Its index must be signed with one key: the one that an
 * administrator named, else the one that was seen first. It must not have expired, nor be older than one that was seen
 * before. Key and version are kept in a file, so that a restart forgets nothing.
 */
public final class IndexTrust {

    /** By how much a version may rise at once. One that is near the last possible would shut out all that follow. */
    public static final long MOST_VERSIONS_AT_ONCE = 1_000_000;

    /** The longest time for which an index may say that it is valid. */
    public static final Duration LONGEST_LIFE = Duration.ofDays(366);

    private static final Logger LOG = LoggerFactory.getLogger(IndexTrust.class);

    private final String address;
    private final Optional<String> required;
    private final InstantSource clock;
    private final PinFile file;

    /**
     * Trust in the registry at that address.
     *
     * @param directory where the key and the last version are kept, a file for each address; made when it is not there
     * @param required the only fingerprint to accept; empty to accept the first that is seen, and no other after it
     */
    public IndexTrust(Path directory, URI address, Optional<String> required, InstantSource clock) {
        this.address = address.toString().replaceFirst("/+$", "");
        this.required = required.map(IndexTrust::fingerprint);
        this.clock = clock;
        this.file = new PinFile(directory, this.address);
    }

    /**
     * What is known of a registry.
     *
     * @param address where it is
     * @param registry what it calls itself; empty before its first index
     * @param fingerprint the SHA-256 of its key's certificate
     * @param since since when this key is trusted
     * @param version the last version seen; 0 before the first
     * @param digest the SHA-256 of that version's index; empty before the first
     * @param expires until when that version is valid
     */
    public record Pin(
            String address,
            String registry,
            String fingerprint,
            Instant since,
            long version,
            String digest,
            Optional<Instant> expires) {

        private static Pin first(String address, String fingerprint, Instant now) {
            return new Pin(address, "", fingerprint, now, 0, "", Optional.empty());
        }
    }

    /** The registry's address, which the trust is about. */
    public String address() {
        return address;
    }

    /** Whether a setting names the key. */
    public boolean isRequired() {
        return required.isPresent();
    }

    /**
     * What is known of the registry; empty before its first index when no key was named.
     *
     * @throws AgentOsException {@code registry:STORAGE_FAILED}
     */
    public synchronized Optional<Pin> pin() {
        Optional<Pin> stored = file.read();
        if (required.isEmpty()
                || stored.map(Pin::fingerprint).filter(required.get()::equals).isPresent()) {
            return stored;
        }
        return required.map(key -> Pin.first(address, key, clock.instant()));
    }

    /** As {@link #pin}, and nothing when a damaged file says what nobody can have seen. */
    private Optional<Pin> readable() {
        try {
            return pin();
        } catch (AgentOsException e) {
            LOG.warn("What was known of the registry at {} is given up: {}", address, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Trusts that key from now on, at whatever version.
     *
     * @param seen fails when another key is trusted than the caller has seen; asked in the same act
     * @throws AgentOsException {@code registry:KEY_CHANGED} when a setting names another
     */
    public synchronized Pin trust(String fingerprint, Consumer<Optional<Pin>> seen) {
        Pin pin = Pin.first(address, fingerprint(fingerprint), clock.instant());
        seen.accept(readable());
        if (required.isPresent() && !required.get().equals(pin.fingerprint())) {
            throw new AgentOsException(
                    RegistryErrorCode.KEY_CHANGED,
                    "The setting 'registry-key' names the key " + required.get() + " for the registry at " + address
                            + ".",
                    "Change the setting instead, and restart the server.");
        }
        file.write(pin);
        LOG.info("The registry at {} is trusted with the key {} from now on", address, fingerprint);
        return pin;
    }

    /**
     * Forgets the key and the last version; false when nothing was known.
     *
     * @param seen as in {@link #trust}
     */
    public synchronized boolean forget(Consumer<Optional<Pin>> seen) {
        seen.accept(readable());
        boolean forgotten = file.delete();
        if (forgotten) {
            LOG.info("The key and the version of the registry at {} are forgotten", address);
        }
        return forgotten;
    }

    /**
     * Reads an index and remembers it as the newest.
     *
     * @param bytes an {@link Envelope} as JSON
     * @throws AgentOsException {@code registry:KEY_CHANGED}, {@code registry:BAD_SIGNATURE},
     *     {@code registry:INDEX_ROLLED_BACK}, {@code registry:INDEX_IMPLAUSIBLE}, {@code registry:INDEX_EXPIRED},
     *     {@code registry:INVALID_ANSWER} for what is no index, {@code registry:STORAGE_FAILED}
     */
    public synchronized SignedIndex verified(byte[] bytes) {
        Envelope envelope = envelope(bytes);
        Optional<Pin> known = pin();
        Pin pin = known.orElseGet(() -> Pin.first(address, firstKey(envelope), clock.instant()));
        checkSignature(envelope, pin);
        SignedIndex index = index(envelope, pin);
        checkVersion(index, envelope.digest(), pin);
        checkExpiry(index);
        if (known.isEmpty()) {
            LOG.warn(
                    "The registry at {} is trusted on first use, with the key {}. Compare it with what its operator"
                            + " says; the setting registry-key names it beforehand",
                    address,
                    pin.fingerprint());
        }
        if (!envelope.digest().equals(pin.digest())) {
            file.write(new Pin(
                    address,
                    index.registry(),
                    pin.fingerprint(),
                    pin.since(),
                    index.version(),
                    envelope.digest(),
                    Optional.of(index.expires())));
        }
        return index;
    }

    /**
     * Passes when those releases of a plugin are the ones that the index holds, none more and none less: one that is
     * left out would make an older one the newest, and none at all would hide that there is a newer one.
     *
     * @throws AgentOsException {@code registry:INDEX_MISMATCH}
     */
    void check(String plugin, List<Release> listed, SignedIndex index) {
        Set<SignedIndex.Entry> shown = SignedIndex.entries(listed);
        Set<SignedIndex.Entry> signed = index.releasesOf(plugin);
        for (Release release : listed) {
            check(release, index);
        }
        if (shown.isEmpty() && !signed.isEmpty()) {
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_MISMATCH,
                    "The registry at " + address + " lists no release of " + plugin
                            + ", of which its signed index holds " + signed.size() + ".",
                    "If it is a mirror, copy the plugin into it: agentos registry mirror ... " + plugin
                            + ". If not, install nothing of it, and tell its operator: somebody may hide releases.");
        }
        signed.removeAll(shown);
        if (!signed.isEmpty()) {
            throw mismatch("leaves out " + name(signed.iterator().next()) + ", which its signed index holds");
        }
    }

    /**
     * Passes when the index holds that release.
     *
     * @throws AgentOsException {@code registry:INDEX_MISMATCH}
     */
    void check(Release release, SignedIndex index) {
        SignedIndex.Entry shown = SignedIndex.Entry.of(release);
        if (index.releases().contains(shown)) {
            return;
        }
        boolean other = index.releasesOf(release.slug()).stream()
                .anyMatch(signed -> signed.version().equals(shown.version()));
        throw mismatch("lists " + name(shown)
                + (other
                        ? " otherwise than its signed index: with another digest, size or range of servers"
                        : ", which its signed index does not hold"));
    }

    private static String name(SignedIndex.Entry entry) {
        return entry.plugin() + " " + entry.version();
    }

    private AgentOsException mismatch(String what) {
        return new AgentOsException(
                RegistryErrorCode.INDEX_MISMATCH,
                "The registry at " + address + " " + what + ".",
                "Install nothing of it, and tell its operator: somebody may have changed its listings.");
    }

    private String firstKey(Envelope envelope) {
        return envelope.fingerprints().stream().findFirst().orElseThrow(() -> badSignature("has no signature"));
    }

    private void checkSignature(Envelope envelope, Pin pin) {
        List<String> keys = envelope.fingerprints();
        if (keys.isEmpty()) {
            throw badSignature("has no signature");
        }
        if (!keys.contains(pin.fingerprint())) {
            throw new AgentOsException(
                    RegistryErrorCode.KEY_CHANGED,
                    "The index of the registry at " + address + " is signed with the key " + keys.getFirst() + ", but "
                            + pin.fingerprint() + " is trusted.",
                    "Ask its operator, by a way of which you are sure, whether the key was changed; then trust the new"
                            + " one: agentos registry trust FINGERPRINT, or the setting registry-key.");
        }
        if (!envelope.isSignedBy(pin.fingerprint())) {
            throw badSignature("was altered after it was signed");
        }
    }

    private AgentOsException badSignature(String what) {
        return new AgentOsException(
                RegistryErrorCode.BAD_SIGNATURE,
                "The index of the registry at " + address + " " + what + ".",
                "Install nothing of it, and tell its operator: somebody changes what it sends.");
    }

    private SignedIndex index(Envelope envelope, Pin pin) {
        if (!envelope.payloadType().equals(SignedIndex.PAYLOAD_TYPE)) {
            throw invalid("it signs something else than an index", null);
        }
        try {
            SignedIndex index = SignedIndex.read(envelope.payload());
            if (!index.keyId().equals(pin.fingerprint())) {
                throw badSignature("names another key than the one that signed it");
            }
            return index;
        } catch (IllegalArgumentException e) {
            throw invalid("its index cannot be read: " + e.getMessage(), e);
        }
    }

    private void checkVersion(SignedIndex index, String digest, Pin pin) {
        boolean forked = index.version() == pin.version() && !digest.equals(pin.digest());
        if (index.version() < pin.version() || forked) {
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_ROLLED_BACK,
                    "The registry at " + address + " shows version " + index.version() + " of its index"
                            + (forked ? " with other contents than before." : ", but had " + pin.version() + "."),
                    "Ask its operator. If it was restored from a backup, forget what is known of it: agentos registry"
                            + " forget.");
        }
        if (index.version() - pin.version() > MOST_VERSIONS_AT_ONCE) {
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_IMPLAUSIBLE,
                    "The index of the registry at " + address + " jumps from version " + pin.version() + " to "
                            + index.version() + "; at most " + MOST_VERSIONS_AT_ONCE + " at once are plausible.",
                    "Ask its operator whether somebody else signed with its key.");
        }
    }

    private void checkExpiry(SignedIndex index) {
        Instant now = clock.instant();
        if (!now.isBefore(index.expires())) {
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_EXPIRED,
                    "The index of the registry at " + address + " expired at " + index.expires() + ".",
                    "Check this machine's clock. If it is right, the registry stands still or somebody holds back what"
                            + " is new: ask its operator, or fill the mirror again.");
        }
        if (index.expires().isAfter(now.plus(LONGEST_LIFE))) {
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_IMPLAUSIBLE,
                    "The index of the registry at " + address + " says that it is valid until " + index.expires()
                            + "; at most " + LONGEST_LIFE.toDays() + " days are plausible.",
                    "Check this machine's clock, and ask the registry's operator.");
        }
    }

    private Envelope envelope(byte[] bytes) {
        try {
            return Envelope.fromJson(Json.parseObject(new ByteArrayInputStream(bytes)));
        } catch (IllegalArgumentException e) {
            throw invalid("its signed index cannot be read: " + e.getMessage(), e);
        } catch (AgentOsException e) {
            throw invalid("its signed index is not JSON", e);
        }
    }

    private AgentOsException invalid(String what, @Nullable Throwable cause) {
        return new AgentOsException(
                RegistryErrorCode.INVALID_ANSWER,
                "What answers at " + address + " is not a registry of this protocol: " + what + ".",
                "Check the address.",
                cause);
    }

    private static String fingerprint(String text) {
        if (!text.matches("[0-9a-f]{64}")) {
            throw new AgentOsException(
                    RegistryErrorCode.INVALID_FINGERPRINT,
                    "'" + text + "' is no fingerprint of a registry's key.",
                    "Give 64 of 0-9 and a-f, as agentos registry prints them when it starts.");
        }
        return text;
    }
}
