package dev.agentos.tenancy;

import dev.agentos.kernel.Revisions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Roles in memory. */
public final class FakeRoleStore implements RoleStore {

    private final List<Role> roles = new CopyOnWriteArrayList<>();
    private final FakeUserStore users;

    /** No roles yet; those users may have them. */
    public FakeRoleStore(FakeUserStore users) {
        this.users = users;
    }

    @Override
    public List<Role> list(Optional<TenantId> tenant) {
        return roles.stream().filter(role -> role.tenant().equals(tenant)).toList();
    }

    @Override
    public Optional<Role> find(Optional<TenantId> tenant, String name) {
        return list(tenant).stream().filter(role -> role.name().equals(name)).findFirst();
    }

    @Override
    public synchronized Outcome put(Role role, long seen, int most) {
        Optional<Role> old = find(role.tenant(), role.name());
        if (old.map(Role::revision).orElse(Revisions.NONE) != seen) {
            return Outcome.CHANGED;
        }
        if (old.isEmpty() && list(role.tenant()).size() >= most) {
            return Outcome.REFUSED;
        }
        old.ifPresent(roles::remove);
        roles.add(role);
        return Outcome.DONE;
    }

    @Override
    public synchronized Outcome delete(Optional<TenantId> tenant, String name, long seen) {
        if (users.has(tenant, name)) {
            return Outcome.REFUSED;
        }
        return find(tenant, name)
                        .filter(role -> role.revision() == seen)
                        .filter(roles::remove)
                        .isPresent()
                ? Outcome.DONE
                : Outcome.CHANGED;
    }
}
