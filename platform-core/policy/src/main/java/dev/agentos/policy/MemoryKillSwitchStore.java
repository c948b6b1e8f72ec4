package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Kill switches in memory, for a runtime without a database; knows no executions. */
public final class MemoryKillSwitchStore implements KillSwitchStore {

    private final List<KillSwitch> all = new ArrayList<>();

    @Override
    public synchronized List<KillSwitch> engaged() {
        return all.stream().filter(one -> one.lifted().isEmpty()).toList();
    }

    @Override
    public synchronized Page<KillSwitch> history(Optional<TenantId> tenant, PageRequest request) {
        return Page.of(
                all.reversed().stream()
                        .filter(one -> tenant.isEmpty() || one.target().tenant().equals(tenant))
                        .filter(one -> request.cursor().isEmpty()
                                || one.id().compareTo(request.cursor().get()) < 0)
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                KillSwitch::id);
    }

    @Override
    public synchronized KillSwitch engage(KillSwitch wanted) {
        Optional<KillSwitch> before = engaged().stream()
                .filter(one -> one.target().equals(wanted.target()))
                .findFirst();
        if (before.isEmpty()) {
            all.add(wanted);
        }
        return before.orElse(wanted);
    }

    @Override
    public synchronized Optional<KillSwitch> lift(KillTarget target, KillSwitch.Act act) {
        for (KillSwitch one : engaged()) {
            if (one.target().equals(target)) {
                KillSwitch lifted = new KillSwitch(one.id(), target, one.engaged(), Optional.of(act));
                all.set(all.indexOf(one), lifted);
                return Optional.of(lifted);
            }
        }
        return Optional.empty();
    }

    @Override
    public List<KillSwitch.Active> active(Optional<TenantId> tenant, Optional<String> agent, int most) {
        return List.of();
    }
}
