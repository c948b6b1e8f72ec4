package dev.agentos.secrets;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Sealing;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.secrets.DataKey.Purpose;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encrypts what tenants keep secret, each with a data key of its own, which it makes when a tenant needs the first.
 * What was encrypted before there were data keys, with a key-encryption key itself, still opens.
 */
public final class Vault implements Sealing {

    private static final Logger LOG = LoggerFactory.getLogger(Vault.class);
    private static final String VERSION = "2";
    private static final int MOST_KEYS = 10_000;
    private static final int TRIES = 10;

    /** How long a key that was replaced may still encrypt here; {@link Rotations} removes none that early. */
    static final Duration REMEMBERED = Duration.ofSeconds(30);

    private final DataKeyStore store;
    private final KeyRing ring;
    private final Ids ids;
    private final SecureRandom random;
    private final Cache<String, Opened> opened = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();
    private final Cache<TenantId, String> current = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterWrite(REMEMBERED)
            .build();
    private final Cache<TenantId, byte[]> names = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    /** A data key that can be used. */
    private record Opened(Optional<TenantId> tenant, SecretCipher cipher) {}

    /** Data keys kept there, encrypted with keys of that ring. */
    public Vault(DataKeyStore store, KeyRing ring, Ids ids, SecureRandom random) {
        this.store = store;
        this.ring = ring;
        this.ids = ids;
        this.random = random;
    }

    /**
     * To be called once when the database can be used: makes the platform's key where there is none, and says in the
     * log when the key is missing that what is there was encrypted with.
     *
     * @return whether what is there can be opened
     */
    public boolean start() {
        if (store.current(Optional.empty(), Purpose.SEAL).isEmpty()) {
            ring.save();
            make(Optional.empty(), Purpose.SEAL);
        }
        String kek = active();
        if (ring.has(kek)) {
            // A key that was made here because there was none is not this one.
            return true;
        }
        LOG.error(
                "The key {} for secrets is not here ({} has {}): secrets of tenants can be neither read nor set on this"
                        + " server. Give it the keys of the other servers, or those of the backup",
                kek,
                ring.source(),
                ring.saved() ? ring.ids() : "none");
        return false;
    }

    /** The key-encryption key that encrypts. */
    String active() {
        return store.current(Optional.empty(), Purpose.SEAL)
                .flatMap(DataKey::kek)
                .orElseThrow(() -> new IllegalStateException("The platform has no data key; start() makes one"));
    }

    @Override
    public String seal(TenantOwned place, String text) {
        TenantId tenant = new TenantId(place.tenant());
        String id = current.getIfPresent(tenant);
        if (id == null) {
            id = currentKey(tenant).id();
            current.put(tenant, id);
        }
        return seal(id, place, text);
    }

    /** A tenant's key that encrypts, made now if there is none. */
    DataKey currentKey(TenantId tenant) {
        return store.current(Optional.of(tenant), Purpose.SEAL)
                .orElseGet(() -> make(Optional.of(tenant), Purpose.SEAL));
    }

    /** Encrypts with that data key. */
    String seal(String id, TenantOwned place, String text) {
        String sealed = key(id, place.tenant()).seal(text, within(id, place));
        return VERSION + "." + id + sealed.substring(sealed.lastIndexOf('.'));
    }

    @Override
    public String open(TenantOwned place, String sealed) {
        String[] parts = sealed.split("\\.", 3);
        if (parts.length != 3 || !parts[0].equals(VERSION)) {
            return ring.cipher().open(sealed, place.place());
        }
        SecretCipher cipher = key(parts[1], place.tenant());
        return cipher.open("1." + cipher.ids().getFirst() + "." + parts[2], within(parts[1], place));
    }

    private static String within(String id, TenantOwned place) {
        return "secret\n" + place.tenant() + "\n" + id + "\n" + place.place();
    }

    private SecretCipher key(String id, String tenant) {
        Opened key = opened.get(
                id,
                one -> store.find(one)
                        .map(this::opened)
                        .orElseThrow(() -> unreadable("its data key " + one + " is not there any more")));
        if (key.tenant().filter(owner -> owner.value().equals(tenant)).isEmpty()) {
            throw unreadable("its data key is another tenant's");
        }
        return key.cipher();
    }

    private Opened opened(DataKey key) {
        return new Opened(key.tenant(), SecretCipher.of(unwrapped(key), random));
    }

    /** The key itself, in Base64. */
    String unwrapped(DataKey key) {
        return key.wrapped()
                .map(wrapped -> ring.cipher().open(wrapped, key.place()))
                .orElseGet(() -> Base64.getEncoder()
                        .encodeToString(ring.cipher()
                                .derived(SecretCipher.NAMING
                                        + key.tenant().map(TenantId::value).orElse(""))));
    }

    @Override
    public byte[] naming(String tenant) {
        return names.get(new TenantId(tenant), one -> Base64.getDecoder().decode(unwrapped(nameKey(one))))
                .clone();
    }

    private DataKey nameKey(TenantId tenant) {
        DataKey key = store.current(Optional.of(tenant), Purpose.NAME)
                .orElseGet(() -> make(Optional.of(tenant), Purpose.NAME));
        if (key.wrapped().isEmpty()) {
            // Whoever keeps it first keeps the same.
            rewrap(key, active());
        }
        return key;
    }

    /** Makes a tenant new names when the key of those that it had cannot be opened any more. */
    void mendNames(TenantId tenant) {
        Optional<DataKey> key = store.current(Optional.of(tenant), Purpose.NAME);
        try {
            key.ifPresent(this::unwrapped);
        } catch (AgentOsException e) {
            LOG.warn("Tokens of tenant {} are new ones from now on: the key of the old ones is lost", tenant, e);
            replace(Optional.of(tenant), Purpose.NAME, key.map(DataKey::id));
        }
    }

    /** Encrypts a data key with another key-encryption key; false when it was changed meanwhile. */
    boolean rewrap(DataKey key, String kek) {
        return store.rewrap(key, ring.cipher().seal(unwrapped(key), key.place(), kek));
    }

    private DataKey make(Optional<TenantId> tenant, Purpose purpose) {
        return replace(tenant, purpose, Optional.empty());
    }

    /**
     * Makes a key that encrypts from now on.
     *
     * @param replaced the one that encrypted; when it is not any more, the one that does is returned
     */
    DataKey replace(Optional<TenantId> tenant, Purpose purpose, Optional<String> replaced) {
        for (int tries = 0; tries < TRIES; tries++) {
            Optional<String> active = tenant.map(any -> active());
            String kek = active.orElse(ring.ids().getFirst());
            String id = ids.next("dky");
            String wrapped = ring.cipher().seal(SecretCipher.freshKey(random), DataKey.place(tenant, id, purpose), kek);
            DataKey made = new DataKey(id, tenant, purpose, Optional.of(wrapped), true);
            if (store.add(made, replaced, active)) {
                tenant.ifPresent(current::invalidate);
                return made;
            }
            Optional<DataKey> other = store.current(tenant, purpose)
                    .filter(key -> replaced.filter(key.id()::equals).isEmpty());
            if (other.isPresent()) {
                tenant.ifPresent(current::invalidate);
                return other.get();
            }
        }
        if (tenant.isPresent() && store.tenant(tenant.get().value()).isEmpty()) {
            throw unreadable("its tenant is not there any more");
        }
        throw new AgentOsException(
                KernelErrorCode.CONFLICT,
                "The key for secrets is being replaced again and again.",
                "Try again when nobody else replaces it.");
    }

    private static AgentOsException unreadable(String why) {
        return new AgentOsException(
                KernelErrorCode.SECRET_UNREADABLE, "A secret cannot be read: " + why + ".", "Set the secret again.");
    }
}
