package dev.agentos.tenancy;

import dev.agentos.kernel.Revisions;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Groups in memory. */
public final class FakeGroupStore implements GroupStore {

    private final List<Group> groups = new CopyOnWriteArrayList<>();
    private final FakeUserStore users;

    /** No groups yet; those users may be in them. */
    public FakeGroupStore(FakeUserStore users) {
        this.users = users;
    }

    @Override
    public List<Group> list(TenantId tenant) {
        return groups.stream()
                .filter(group -> group.tenant().equals(tenant))
                .map(group -> new Group(
                        group.tenant(),
                        group.name(),
                        group.description(),
                        group.roles(),
                        group.reach(),
                        present(tenant, group.members()),
                        group.revision()))
                .sorted(Comparator.comparing(Group::name))
                .toList();
    }

    private Set<String> present(TenantId tenant, Set<String> members) {
        Set<String> present = new HashSet<>(members);
        present.removeIf(member -> users.find(Optional.of(tenant), member).isEmpty());
        return present;
    }

    @Override
    public Optional<Group> find(TenantId tenant, String name) {
        return list(tenant).stream().filter(group -> group.name().equals(name)).findFirst();
    }

    @Override
    public List<Group> of(TenantId tenant, String user) {
        return list(tenant).stream()
                .filter(group -> group.members().contains(user))
                .toList();
    }

    @Override
    public synchronized Outcome put(Group group, long seen, int most) {
        Optional<Group> old = find(group.tenant(), group.name());
        if (old.map(Group::revision).orElse(Revisions.NONE) != seen) {
            return Outcome.CHANGED;
        }
        if (old.isEmpty() && list(group.tenant()).size() >= most) {
            return Outcome.REFUSED;
        }
        if (!present(group.tenant(), group.members()).equals(group.members())) {
            return Outcome.GONE;
        }
        delete(group.tenant(), group.name(), seen);
        groups.add(group);
        return Outcome.DONE;
    }

    @Override
    public synchronized boolean delete(TenantId tenant, String name, long seen) {
        return groups.removeIf(
                group -> group.tenant().equals(tenant) && group.name().equals(name) && group.revision() == seen);
    }
}
