package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Limits by name in memory, of one server.
 *
 * @param <L> which
 */
public abstract class MemoryNamedLimits<L extends NamedLimit<?>> implements NamedLimitStore<L> {

    /** Whose, and which. */
    public record Name(TenantId tenant, String name) {}

    private final Map<Name, L> limits = new LinkedHashMap<>();
    private long generation;

    /** Kept in memory. */
    protected MemoryNamedLimits() {}

    /** Something that is kept here or beside was changed. */
    protected final synchronized void changed() {
        generation++;
    }

    /** A number that grows with each change. */
    public final synchronized long generation() {
        return generation;
    }

    @Override
    public final synchronized List<L> all() {
        return List.copyOf(limits.values());
    }

    @Override
    public final synchronized List<L> list(TenantId tenant) {
        return limits.values().stream()
                .filter(one -> one.tenant().equals(tenant))
                .sorted(Comparator.comparing(NamedLimit::name))
                .toList();
    }

    @Override
    public final synchronized Optional<L> find(TenantId tenant, String name) {
        return Optional.ofNullable(limits.get(new Name(tenant, name)));
    }

    @Override
    public synchronized boolean put(L limit, long expected) {
        Name name = new Name(limit.tenant(), limit.name());
        if (revision(name) != expected) {
            return false;
        }
        limits.put(name, limit);
        changed();
        return true;
    }

    @Override
    public synchronized boolean delete(TenantId tenant, String name, long expected) {
        Name key = new Name(tenant, name);
        if (expected == 0 || revision(key) != expected) {
            return false;
        }
        limits.remove(key);
        changed();
        return true;
    }

    private long revision(Name name) {
        return Optional.ofNullable(limits.get(name))
                .map(one -> one.change().revision())
                .orElse(0L);
    }
}
