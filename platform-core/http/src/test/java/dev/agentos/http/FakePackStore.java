package dev.agentos.http;

import dev.agentos.agents.EnabledPack;
import dev.agentos.agents.PackStore;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Enabled packs in memory. */
final class FakePackStore implements PackStore {

    /** What happens to whoever asks for a tenant's packs. */
    volatile Consumer<TenantId> beforeList = tenant -> {};

    private final Map<String, EnabledPack> packs = new TreeMap<>();

    @Override
    public List<EnabledPack> list(TenantId tenant) {
        beforeList.accept(tenant);
        return all(tenant);
    }

    private synchronized List<EnabledPack> all(TenantId tenant) {
        return packs.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(tenant + "/"))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public synchronized Optional<EnabledPack> find(TenantId tenant, String pack) {
        return Optional.ofNullable(packs.get(tenant + "/" + pack));
    }

    @Override
    public synchronized Optional<EnabledPack> put(
            TenantId tenant, String pack, JsonObject configuration, Instant time, Optional<Long> expected) {
        long revision = find(tenant, pack).map(EnabledPack::revision).orElse(0L);
        if (expected.isPresent() && expected.get() != revision) {
            return Optional.empty();
        }
        EnabledPack enabled = new EnabledPack(pack, configuration, Revisions.after(revision), time);
        packs.put(tenant + "/" + pack, enabled);
        return Optional.of(enabled);
    }

    @Override
    public synchronized boolean delete(TenantId tenant, String pack) {
        return packs.remove(tenant + "/" + pack) != null;
    }
}
