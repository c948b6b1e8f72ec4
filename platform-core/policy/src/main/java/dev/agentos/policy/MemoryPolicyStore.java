package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Policies in memory, for a runtime without a database. */
public final class MemoryPolicyStore implements PolicyStore {

    private final List<Policy> versions = new ArrayList<>();

    @Override
    public synchronized long generation() {
        return versions.size();
    }

    @Override
    public synchronized List<Policy> inForce(Optional<TenantId> tenant) {
        List<Policy> all = new ArrayList<>(list(Optional.empty()));
        if (tenant.isPresent()) {
            all.addAll(list(tenant));
        }
        return all;
    }

    @Override
    public synchronized List<Policy> list(Optional<TenantId> owner) {
        return versions.stream()
                .filter(version -> version.tenant().equals(owner))
                .filter(version ->
                        find(owner, version.name()).filter(version::equals).isPresent())
                .filter(version -> version.document().isPresent())
                .sorted(Comparator.comparing(Policy::name))
                .toList();
    }

    @Override
    public synchronized Optional<Policy> find(Optional<TenantId> owner, String name) {
        return versions.stream()
                .filter(version ->
                        version.tenant().equals(owner) && version.name().equals(name))
                .max(Comparator.comparing(Policy::version));
    }

    @Override
    public synchronized Optional<Policy> find(Optional<TenantId> owner, String name, int version) {
        return versions.stream()
                .filter(one -> one.tenant().equals(owner) && one.name().equals(name) && one.version() == version)
                .findFirst();
    }

    @Override
    public synchronized Page<Policy> versions(Optional<TenantId> owner, String name, PageRequest request) {
        int before = request.place(Integer.MAX_VALUE);
        return Page.of(
                versions.stream()
                        .filter(one -> one.tenant().equals(owner) && one.name().equals(name))
                        .filter(one -> one.version() < before)
                        .sorted(Comparator.comparing(Policy::version).reversed())
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                one -> String.valueOf(one.version()));
    }

    @Override
    public synchronized boolean add(Policy version) {
        if (find(version.tenant(), version.name(), version.version()).isPresent()) {
            return false;
        }
        return versions.add(version);
    }
}
