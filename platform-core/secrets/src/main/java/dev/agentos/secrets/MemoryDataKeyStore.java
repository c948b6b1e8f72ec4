package dev.agentos.secrets;

import dev.agentos.kernel.SecretCipher;
import dev.agentos.secrets.DataKey.Purpose;
import dev.agentos.tenancy.TenantId;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.crypto.KeyGenerator;

/** Keys in memory, and values, for a runtime without a database. */
public final class MemoryDataKeyStore implements DataKeyStore {

    private static final String KIND = "values";

    private final Map<String, DataKey> keys = new TreeMap<>();
    private final Map<TenantId, Map<String, Value>> values =
            new TreeMap<>((a, b) -> a.value().compareTo(b.value()));
    private final Map<String, List<String>> holders = new TreeMap<>();
    private List<byte[]> cursorKeys = List.of(cursorKey());

    /** Keeps a value, under its place. */
    synchronized void put(TenantId tenant, String place, String sealed) {
        values.computeIfAbsent(tenant, any -> new TreeMap<>())
                .put(place, new Value(tenant, KIND, place, place, sealed));
    }

    /** A value as it is kept. */
    synchronized String sealed(TenantId tenant, String place) {
        return Optional.ofNullable(values.getOrDefault(tenant, Map.of()).get(place))
                .map(Value::sealed)
                .orElseThrow();
    }

    private Optional<DataKey> first(Predicate<DataKey> which) {
        return keys.values().stream().filter(which).findFirst();
    }

    @Override
    public synchronized Optional<DataKey> current(Optional<TenantId> tenant, Purpose purpose) {
        return first(key -> key.current() && key.tenant().equals(tenant) && key.purpose() == purpose);
    }

    @Override
    public synchronized Optional<DataKey> find(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    private boolean still(Optional<String> kek) {
        return kek.isEmpty()
                || current(Optional.empty(), Purpose.SEAL).flatMap(DataKey::kek).equals(kek);
    }

    @Override
    public synchronized boolean add(DataKey key, Optional<String> replaced, Optional<String> kek) {
        Optional<String> now = current(key.tenant(), key.purpose()).map(DataKey::id);
        if (!still(kek) || !now.equals(replaced)) {
            return false;
        }
        replaced.map(keys::get)
                .ifPresent(old ->
                        keys.put(old.id(), new DataKey(old.id(), old.tenant(), old.purpose(), old.wrapped(), false)));
        keys.put(key.id(), key);
        return true;
    }

    @Override
    public synchronized boolean rewrap(DataKey key, String wrapped) {
        Optional<DataKey> kept = find(key.id()).filter(one -> one.wrapped().equals(key.wrapped()));
        if (kept.isEmpty() || (key.tenant().isPresent() && !still(SecretCipher.keyOf(wrapped)))) {
            return false;
        }
        keys.put(
                key.id(),
                new DataKey(
                        key.id(),
                        key.tenant(),
                        key.purpose(),
                        Optional.of(wrapped),
                        kept.get().current()));
        return true;
    }

    @Override
    public synchronized List<DataKey> others(String kek, String after, int most) {
        return keys.values().stream()
                .filter(key -> key.id().compareTo(after) > 0)
                .filter(key -> !key.kek().equals(Optional.of(kek)))
                .limit(most)
                .toList();
    }

    @Override
    public synchronized Map<String, Long> byKek() {
        return keys.values().stream()
                .collect(Collectors.groupingBy(key -> key.kek().orElse(""), TreeMap::new, Collectors.counting()));
    }

    private List<Value> all() {
        return values.values().stream().flatMap(one -> one.values().stream()).toList();
    }

    @Override
    public synchronized long removeUnused(Duration replaced, boolean dryRun) {
        List<String> unused = keys.values().stream()
                .filter(key -> !key.current())
                .map(DataKey::id)
                .filter(id -> all().stream().noneMatch(value -> value.sealed().startsWith("2." + id + ".")))
                .toList();
        if (!dryRun) {
            unused.forEach(keys::remove);
        }
        return unused.size();
    }

    @Override
    public synchronized long replaced() {
        return keys.values().stream().filter(key -> !key.current()).count();
    }

    @Override
    public synchronized List<TenantId> tenants(String after, int most) {
        return values.keySet().stream()
                .filter(tenant -> tenant.value().compareTo(after) > 0)
                .limit(most)
                .toList();
    }

    @Override
    public synchronized Optional<TenantId> tenant(String idOrName) {
        return first(key -> key.tenant().equals(Optional.of(new TenantId(idOrName))))
                .flatMap(DataKey::tenant);
    }

    @Override
    public List<String> kinds() {
        return List.of(KIND);
    }

    @Override
    public synchronized List<Value> values(
            TenantId tenant, String kind, Optional<String> without, String after, int most) {
        return values.getOrDefault(tenant, Map.of()).values().stream()
                .filter(value -> value.item().compareTo(after) > 0)
                .filter(value -> without.filter(id -> value.sealed().startsWith("2." + id + "."))
                        .isEmpty())
                .limit(most)
                .toList();
    }

    @Override
    public synchronized boolean reseal(Value value, String sealed) {
        if (!sealed(value.tenant(), value.item()).equals(value.sealed())) {
            return false;
        }
        put(value.tenant(), value.place(), sealed);
        return true;
    }

    @Override
    public synchronized Uses uses() {
        long current = 0;
        long replaced = 0;
        Map<String, Long> direct = new TreeMap<>();
        for (Value value : all()) {
            Optional<String> kek = SecretCipher.keyOf(value.sealed());
            if (kek.isPresent()) {
                direct.merge(kek.get(), 1L, Long::sum);
            } else if (keys.values().stream()
                    .anyMatch(key -> key.current() && value.sealed().contains(key.id()))) {
                current++;
            } else {
                replaced++;
            }
        }
        return new Uses(current, replaced, direct);
    }

    private static byte[] cursorKey() {
        try {
            return KeyGenerator.getInstance("HmacSHA256").generateKey().getEncoded();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
        }
    }

    @Override
    public synchronized List<byte[]> cursorKeys() {
        return cursorKeys;
    }

    @Override
    public synchronized void replaceCursorKey() {
        cursorKeys = List.of(cursorKey(), cursorKeys.getFirst());
    }

    @Override
    public synchronized void present(String node, List<String> keks) {
        holders.put(node, List.copyOf(keks));
    }

    @Override
    public synchronized void leave(String node) {
        holders.remove(node);
    }

    @Override
    public synchronized Map<String, List<String>> holders(Duration within) {
        return new TreeMap<>(holders);
    }
}
