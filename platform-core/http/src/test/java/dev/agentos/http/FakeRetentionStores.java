package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.retention.Erasure;
import dev.agentos.retention.ErasureStore;
import dev.agentos.retention.Export;
import dev.agentos.retention.ExportStore;
import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.Whose;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.TenantStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Exports and erasures in memory, of tenants that have two rows of one kind. */
final class FakeRetentionStores implements TenantDataStore, ExportStore, ErasureStore {

    static final String KIND = "things";

    private final TenantStore tenants;
    private final Map<String, Export> exports = new LinkedHashMap<>();
    private final Map<String, List<byte[]>> parts = new LinkedHashMap<>();
    private final Map<String, Erasure> erasures = new LinkedHashMap<>();
    private final Map<TenantId, Integer> rows = new LinkedHashMap<>();

    FakeRetentionStores(TenantStore tenants) {
        this.tenants = tenants;
    }

    @Override
    public List<String> readable(Whose whose) {
        return List.of(KIND);
    }

    @Override
    public void read(Whose whose, String kind, Consumer<String> row) {
        if (kind.equals(KIND)) {
            for (int i = 0; i < left(whose.tenant()); i++) {
                row.accept("{\"thing\":" + i + ",\"of\":\"" + whose.tenant() + "\"}");
            }
        }
    }

    private synchronized int left(TenantId tenant) {
        return rows.getOrDefault(tenant, 2);
    }

    @Override
    public Map<String, Long> count(Whose whose) {
        return Map.of(KIND, (long) left(whose.tenant()));
    }

    @Override
    public List<String> removable(Whose whose) {
        return List.of(KIND);
    }

    @Override
    public synchronized Step remove(Whose whose, String kind, Optional<String> after, int most) {
        int there = left(whose.tenant());
        rows.put(whose.tenant(), 0);
        return new Step(there, Optional.empty());
    }

    @Override
    public Optional<String> meant(TenantId tenant, String id) {
        return Optional.of(id).filter(one -> !one.equals("key_never"));
    }

    @Override
    public Map<String, List<String>> left(Whose whose) {
        return Map.of();
    }

    @Override
    public List<String> unfinished(Whose whose, boolean running, int most) {
        return List.of();
    }

    @Override
    public Map<String, Long> shutOut(Whose whose) {
        return Map.of();
    }

    @Override
    public synchronized boolean insert(Export export, int most) {
        long there = exports.values().stream()
                .filter(one -> one.tenant().equals(export.tenant()))
                .count();
        if (there >= most) {
            return false;
        }
        exports.put(export.id(), export);
        parts.put(export.id(), new ArrayList<>());
        return true;
    }

    @Override
    public synchronized void append(Export export, int part, byte[] bytes) {
        parts.getOrDefault(export.id(), new ArrayList<>()).add(bytes);
    }

    @Override
    public synchronized void finish(Export export, Export.State state, Export.Made made) {
        exports.computeIfPresent(
                export.id(),
                (id, one) -> new Export(
                        id,
                        one.whose(),
                        one.requestedBy(),
                        one.operation(),
                        state,
                        made,
                        one.createdAt(),
                        one.expiresAt()));
    }

    @Override
    public synchronized Optional<Export> find(TenantId tenant, String id) {
        return Optional.ofNullable(exports.get(id)).filter(one -> one.tenant().equals(tenant));
    }

    @Override
    public synchronized Page<Export> list(TenantId tenant, PageRequest request) {
        return FakeTenantStore.page(
                exports.values().stream().filter(one -> one.tenant().equals(tenant)), Export::id, request);
    }

    @Override
    public synchronized Optional<byte[]> part(TenantId tenant, String id, int part) {
        List<byte[]> file = parts.getOrDefault(id, List.of());
        return part < file.size() ? Optional.of(file.get(part)) : Optional.empty();
    }

    @Override
    public synchronized boolean delete(TenantId tenant, String id) {
        parts.remove(id);
        return exports.remove(id) != null;
    }

    @Override
    public int expire(Instant now) {
        return 0;
    }

    @Override
    public synchronized Optional<Erasure> begin(Erasure erasure) {
        if (tenants.find(erasure.whose().tenant()).isEmpty()) {
            return Optional.empty();
        }
        if (erasure.whose().principal().isEmpty()) {
            tenants.delete(erasure.whose().tenant());
        }
        erasures.put(erasure.id(), erasure);
        return Optional.of(erasure);
    }

    /** It knows of no users. */
    @Override
    public boolean lastOwner(Whose whose) {
        return false;
    }

    @Override
    public synchronized void operation(String id, String operation) {
        change(id, Map.of(), Optional.of(operation), Optional.empty());
    }

    private void change(String id, Map<String, Long> gone, Optional<String> operation, Optional<Instant> end) {
        erasures.computeIfPresent(id, (any, one) -> {
            Map<String, Long> counts = new LinkedHashMap<>(one.counts());
            gone.forEach((kind, count) -> counts.merge(kind, count, Long::sum));
            return new Erasure(
                    id,
                    one.whose(),
                    one.name(),
                    one.requestedBy(),
                    one.requestedAt(),
                    operation.or(one::operation),
                    counts,
                    end.or(one::finishedAt));
        });
    }

    @Override
    public List<Erasure> claim(String owner, Duration lease) {
        return List.of();
    }

    @Override
    public boolean claim(String id, String owner, Duration lease) {
        return true;
    }

    @Override
    public synchronized boolean advance(String id, String owner, Map<String, Long> gone, Duration lease) {
        change(id, gone, Optional.empty(), Optional.empty());
        return true;
    }

    @Override
    public synchronized void finish(String id, Instant time) {
        change(id, Map.of(), Optional.empty(), Optional.of(time));
    }

    @Override
    public void release(String id, String owner) {}

    @Override
    public void releaseAll(String owner) {}

    @Override
    public boolean begun(TenantId tenant) {
        return true;
    }

    @Override
    public synchronized Optional<Erasure> find(Optional<TenantId> tenant, String id) {
        return Optional.ofNullable(erasures.get(id))
                .filter(one ->
                        tenant.isEmpty() || tenant.get().equals(one.whose().tenant()));
    }

    @Override
    public synchronized Page<Erasure> list(Optional<TenantId> tenant, PageRequest request) {
        return FakeTenantStore.page(
                erasures.values().stream().filter(one -> find(tenant, one.id()).isPresent()), Erasure::id, request);
    }

    @Override
    public boolean erased(TenantId tenant) {
        return false;
    }
}
