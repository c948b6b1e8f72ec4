package dev.agentos.secrets;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.Operations.Reporter;
import dev.agentos.kernel.Sealing.TenantOwned;
import dev.agentos.secrets.DataKey.Purpose;
import dev.agentos.secrets.DataKeyStore.Uses;
import dev.agentos.secrets.DataKeyStore.Value;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Replaces keys while servers run. Each step is durable and can be done again, so that a rotation that was cut short is
 * finished by asking for it once more, on any server; several at once do each other's work.
 */
public final class Rotations {

    /** How long cursors are taken that the key before has sealed. */
    public static final Duration CURSORS_TAKEN = Duration.ofHours(1);

    /** How long a server that said nothing is taken to be there. */
    private static final Duration PRESENT = Duration.ofMinutes(1);

    /** How the store counts data keys that are not encrypted yet. */
    private static final String UNKEPT = "";

    private static final int AT_ONCE = 200;
    private static final int MOST_SHOWN = 100;

    private final DataKeyStore store;
    private final KeyRing ring;
    private final Vault vault;
    private final Operations operations;
    private final String node;
    private final Duration grace;

    /**
     * Rotations of the keys of that vault.
     *
     * @param node this server's id
     * @param grace how long a data key that was replaced is kept at least, so that no server still encrypts with it
     */
    public Rotations(
            DataKeyStore store, KeyRing ring, Vault vault, Operations operations, String node, Duration grace) {
        this.store = store;
        this.ring = ring;
        this.vault = vault;
        this.operations = operations;
        this.node = node;
        this.grace = grace;
    }

    /** Says which keys this server has, read anew; to be called every few seconds. */
    public void present() {
        ring.reload();
        store.present(node, ring.saved() ? ring.ids() : List.of());
    }

    /** Says that this server is not there any more. */
    public void leave() {
        store.leave(node);
    }

    /** Which keys there are, where, and how many values need each. */
    public JsonObject status() {
        present();
        Uses uses = store.uses();
        String active = vault.active();
        return JsonObject.of(
                "active", active,
                "next", ring.ids().getFirst(),
                "source", ring.source(),
                "here", ring.has(active),
                "servers",
                        store.holders(PRESENT).entrySet().stream()
                                .map(one -> JsonObject.of("node", one.getKey(), "keys", one.getValue()))
                                .toList(),
                "dataKeys", store.byKek(),
                "replacedDataKeys", store.replaced(),
                "values",
                        JsonObject.of("current", uses.current(), "replaced", uses.replaced(), "direct", uses.direct()));
    }

    /**
     * Which keys are to be replaced.
     *
     * @param tenant the data key of that tenant, by id or name
     * @param all the data keys of all tenants; with neither the key-encryption key
     * @param lost whether a key-encryption key may be given up that no server has any more
     */
    public record Wanted(Optional<String> tenant, boolean all, boolean lost) {}

    /**
     * What a rotation would do; nothing is changed.
     *
     * @throws AgentOsException {@code tenancy:UNKNOWN_TENANT}
     */
    public JsonObject plan(Wanted wanted) {
        Optional<TenantId> tenant = wanted.tenant().map(this::tenant);
        if (tenant.isPresent() || wanted.all()) {
            Count count = new Count();
            eachTenant(tenant, one -> walk(one, Optional.empty(), value -> count.done(true)));
            return JsonObject.of("makesKey", true, "dataKeys", 0, "values", count.done);
        }
        String active = vault.active();
        Uses uses = store.uses();
        Map<String, Long> keys = new LinkedHashMap<>(store.byKek());
        boolean pending = !ring.ids().getFirst().equals(active) && ring.saved();
        if (pending) {
            keys.remove(ring.ids().getFirst());
        }
        return JsonObject.of(
                "makesKey", !pending,
                "dataKeys", keys.values().stream().mapToLong(Long::longValue).sum(),
                "values",
                        uses.direct().values().stream()
                                .mapToLong(Long::longValue)
                                .sum());
    }

    /**
     * Begins to replace keys.
     *
     * @throws AgentOsException {@code tenancy:UNKNOWN_TENANT}; {@code secrets:KEY_MISSING} when this server has not the
     *     key that encrypts; {@code secrets:KEY_IN_SETTING} when a new one cannot be made here;
     *     {@code secrets:KEY_NOT_EVERYWHERE} when some server has not the new key yet
     */
    public Operation start(Wanted wanted) {
        Optional<TenantId> tenant = wanted.tenant().map(this::tenant);
        if (tenant.isPresent() || wanted.all()) {
            requireActive();
            return operations.start(
                    "rotate-data-keys",
                    tenant.map(TenantId::value).orElse("all tenants"),
                    reporter -> dataKeys(reporter, tenant));
        }
        String target = target(wanted.lost());
        return operations.start("rotate-key-encryption-key", target, reporter -> keyEncryption(reporter, target));
    }

    /**
     * Replaces the key that authenticates the cursors of lists; those that lists have given out are taken for a while.
     */
    public Operation startCursors() {
        return operations.start("rotate-cursor-key", "cursors", reporter -> {
            store.replaceCursorKey();
            return JsonObject.of("cursorsTaken", CURSORS_TAKEN.toString());
        });
    }

    /** What authenticates the cursors of lists: the key in force, then those that are still taken. */
    public List<byte[]> cursorKeys() {
        return store.cursorKeys();
    }

    /** Begins to open every value that is kept, to tell which cannot be. */
    public Operation check() {
        return operations.start("check-secrets", "all tenants", this::check);
    }

    private TenantId tenant(String idOrName) {
        return store.tenant(idOrName)
                .orElseThrow(() -> new AgentOsException(
                        TenancyErrorCode.UNKNOWN_TENANT,
                        "There is no tenant '" + idOrName + "'.",
                        "List the tenants with GET /api/v1/tenants."));
    }

    private void requireActive() {
        String active = vault.active();
        if (!ring.has(active)) {
            throw new AgentOsException(
                    SecretsErrorCode.KEY_MISSING,
                    "This server has not the key " + active + ", which encrypts.",
                    "Give it the keys of a server that has it; if no server and no backup has it any more, rotate with"
                            + " acceptLost, and set again what cannot be opened.");
        }
    }

    /** The key that is to encrypt: one that was put in front already, or else a new one. */
    private synchronized String target(boolean lost) {
        present();
        String active = vault.active();
        boolean gone = lost && store.holders(PRESENT).values().stream().noneMatch(keys -> keys.contains(active));
        if (!gone) {
            requireActive();
        }
        boolean pending = ring.saved() && !ring.ids().getFirst().equals(active);
        String target = pending ? ring.ids().getFirst() : ring.add();
        present();
        List<String> without = store.holders(PRESENT).entrySet().stream()
                .filter(one -> !one.getValue().contains(target))
                .map(Map.Entry::getKey)
                .toList();
        if (!without.isEmpty()) {
            throw new AgentOsException(
                    SecretsErrorCode.KEY_NOT_EVERYWHERE,
                    "The new key " + target + " is in " + ring.source() + " here, but these servers have not got it: "
                            + String.join(", ", without) + ".",
                    "Copy the keys to them (a file is read again within ten seconds) and repeat the command; it makes"
                            + " no further key.");
        }
        if (gone) {
            // All that it has encrypted is lost; from here on there is something that opens.
            vault.replace(
                    Optional.empty(),
                    Purpose.SEAL,
                    store.current(Optional.empty(), Purpose.SEAL).map(DataKey::id));
        }
        return target;
    }

    private JsonObject keyEncryption(Reporter reporter, String target) {
        Count keys = new Count();
        // The platform's key first: from then on the others are encrypted with the new one, on every server.
        store.current(Optional.empty(), Purpose.SEAL)
                .filter(key -> key.kek().filter(target::equals).isEmpty())
                .ifPresent(key -> keys.done(vault.rewrap(key, target)));
        long total = store.byKek().values().stream().mapToLong(Long::longValue).sum();
        String after = "";
        while (true) {
            List<DataKey> batch = store.others(target, after, AT_ONCE);
            for (DataKey key : batch) {
                after = key.id();
                keys.attempt(() -> vault.rewrap(key, target));
            }
            if (batch.size() < AT_ONCE) {
                break;
            }
            reporter.progress(keys.done, total, "Data keys are encrypted with the key " + target);
        }
        Count values = new Count();
        eachTenant(Optional.empty(), tenant -> {
            reporter.progress(keys.done, total, "Values are given a data key: " + values.done);
            resealDirect(tenant, values);
        });
        return JsonObject.of(
                "key", target, "dataKeys", keys.done, "values", values.done, "unreadable", keys.failed + values.failed);
    }

    private void resealDirect(TenantId tenant, Count values) {
        Optional<DataKey> key = store.current(Optional.of(tenant), Purpose.SEAL);
        walk(tenant, key.map(DataKey::id), value -> {
            if (value.sealed().startsWith("1.")) {
                values.attempt(() -> reseal(value, vault.currentKey(tenant)));
            }
        });
    }

    private boolean reseal(Value value, DataKey key) {
        TenantOwned place = new TenantOwned(value.tenant().value(), value.place());
        return store.reseal(value, vault.seal(key.id(), place, vault.open(place, value.sealed())));
    }

    private JsonObject dataKeys(Reporter reporter, Optional<TenantId> only) {
        Count keys = new Count();
        Count values = new Count();
        eachTenant(only, tenant -> {
            DataKey key = next(tenant, keys);
            walk(tenant, Optional.of(key.id()), value -> {
                values.attempt(() -> reseal(value, key));
                if (values.done % AT_ONCE == 0) {
                    reporter.progress(values.done, 0, "Values of " + tenant.value() + " are encrypted anew");
                }
            });
        });
        return JsonObject.of("dataKeys", keys.done, "values", values.done, "unreadable", values.failed);
    }

    /** The key to encrypt with: a new one, unless an earlier rotation has made one and did not get to the end. */
    private DataKey next(TenantId tenant, Count keys) {
        Optional<DataKey> before = store.current(Optional.of(tenant), Purpose.SEAL);
        vault.mendNames(tenant);
        if (before.isEmpty()) {
            keys.done(true);
            return vault.currentKey(tenant);
        }
        boolean[] unfinished = {false};
        walk(tenant, before.map(DataKey::id), value -> unfinished[0] |= readable(value));
        if (unfinished[0]) {
            return before.get();
        }
        keys.done(true);
        return vault.replace(Optional.of(tenant), Purpose.SEAL, before.map(DataKey::id));
    }

    private boolean readable(Value value) {
        try {
            vault.open(new TenantOwned(value.tenant().value(), value.place()), value.sealed());
            return true;
        } catch (AgentOsException e) {
            return !unreadable(e);
        }
    }

    private JsonObject check(Reporter reporter) {
        Count values = new Count();
        List<String> places = new ArrayList<>();
        eachTenant(Optional.empty(), tenant -> {
            reporter.progress(values.done, 0, "Values are opened");
            walk(tenant, Optional.empty(), value -> {
                boolean opened = readable(value);
                values.done(opened);
                if (!opened && places.size() < MOST_SHOWN) {
                    places.add(value.kind() + " " + value.place());
                }
            });
        });
        return JsonObject.of("values", values.done, "unreadable", values.failed, "places", places);
    }

    /**
     * Removes data keys that nothing needs, and drops key-encryption keys of this server's file with which nothing is
     * encrypted.
     *
     * @throws AgentOsException {@code secrets:KEY_IN_USE} when something is still encrypted with an old key
     */
    public JsonObject retire(boolean dryRun) {
        present();
        requireActive();
        String active = vault.active();
        Set<String> old = new LinkedHashSet<>(ring.ids());
        // What stands in front of the key that encrypts is about to replace it.
        ring.ids().stream().takeWhile(id -> !id.equals(active)).forEach(old::remove);
        old.remove(active);
        Map<String, Long> wrapped = store.byKek();
        Set<String> used = new LinkedHashSet<>(wrapped.keySet());
        used.addAll(store.uses().direct().keySet());
        if (wrapped.containsKey(UNKEPT)) {
            used.add(ring.ids().getLast());
        }
        used.retainAll(old);
        if (!used.isEmpty()) {
            throw new AgentOsException(
                    SecretsErrorCode.KEY_IN_USE,
                    "Something is still encrypted with " + String.join(", ", used) + ".",
                    "Run 'agentos secrets-key rotate' first; 'agentos secrets-key check' tells what cannot be opened"
                            + " and has to be set again.");
        }
        long removed = store.removeUnused(grace, dryRun);
        boolean dropped = dryRun || ring.drop(old);
        present();
        return JsonObject.of(
                "dryRun",
                dryRun,
                "dataKeys",
                removed,
                "dataKeysLeft",
                store.replaced() - (dryRun ? removed : 0),
                "keys",
                dropped ? List.copyOf(old) : List.of(),
                "keysInSetting",
                dropped ? List.of() : List.copyOf(old));
    }

    private void eachTenant(Optional<TenantId> only, Consumer<TenantId> work) {
        if (only.isPresent()) {
            work.accept(only.get());
            return;
        }
        List<TenantId> batch = store.tenants("", AT_ONCE);
        while (!batch.isEmpty()) {
            batch.forEach(work);
            batch = store.tenants(batch.getLast().value(), AT_ONCE);
        }
    }

    private void walk(TenantId tenant, Optional<String> without, Consumer<Value> work) {
        for (String kind : store.kinds()) {
            List<Value> batch = store.values(tenant, kind, without, "", AT_ONCE);
            while (!batch.isEmpty()) {
                batch.forEach(work);
                batch = store.values(tenant, kind, without, batch.getLast().item(), AT_ONCE);
            }
        }
    }

    private static boolean unreadable(AgentOsException e) {
        return e.errorCode() == KernelErrorCode.SECRET_UNREADABLE;
    }

    /** How many went well, and how many cannot be opened. */
    private static final class Count {
        private long done;
        private long failed;

        void done(boolean well) {
            if (well) {
                done++;
            } else {
                failed++;
            }
        }

        /** One that somebody else has changed meanwhile counts for neither. */
        void attempt(BooleanSupplier work) {
            try {
                if (work.getAsBoolean()) {
                    done++;
                }
            } catch (AgentOsException e) {
                if (!unreadable(e)) {
                    throw e;
                }
                failed++;
            }
        }
    }
}
