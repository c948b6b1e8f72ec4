package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Kill switches in memory, for a runtime without a database; it knows of no executions. */
public final class MemoryKillSwitchStore implements KillSwitchStore {

    private final List<KillSwitch> all = new ArrayList<>();
    private final Map<String, Map<KillSwitches.Call, Integer>> said = new HashMap<>();

    @Override
    public synchronized List<KillSwitch> engaged() {
        return all.stream().filter(one -> one.lifted().isEmpty()).toList();
    }

    @Override
    public synchronized KillSwitch engage(KillSwitch wanted) {
        Optional<KillSwitch> there = engaged().stream()
                .filter(one -> one.target().equals(wanted.target()) && one.platform() == wanted.platform())
                .findFirst();
        if (there.isEmpty()) {
            all.add(wanted);
        }
        return there.orElse(wanted);
    }

    @Override
    public synchronized List<KillSwitch> lift(KillSwitchTarget target, boolean platform, KillSwitch.Note note) {
        List<KillSwitch> lifted = engaged().stream()
                .filter(one -> one.target().equals(target) && (platform || !one.platform()))
                .toList();
        all.replaceAll(one -> lifted.contains(one) ? one.lifted(note) : one);
        return lifted.stream().map(one -> one.lifted(note)).toList();
    }

    @Override
    public synchronized Page<KillSwitch> list(
            Optional<TenantId> tenant, Optional<KillSwitch.State> state, PageRequest request) {
        return Page.of(
                all.stream()
                        .filter(one -> state.isEmpty() || state.get() == one.state())
                        .filter(one -> tenant.isEmpty()
                                || one.target().tenant().isEmpty()
                                || one.target().tenant().equals(tenant))
                        .sorted(Comparator.comparing(KillSwitch::id).reversed())
                        .filter(one -> request.cursor()
                                .filter(cursor -> one.id().compareTo(cursor) >= 0)
                                .isEmpty())
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                KillSwitch::id);
    }

    @Override
    public synchronized void say(String server, Map<KillSwitches.Call, Integer> calls) {
        said.put(server, Map.copyOf(calls));
    }

    @Override
    public synchronized List<Map<KillSwitches.Call, Integer>> said(String except, Duration ago) {
        return said.entrySet().stream()
                .filter(one -> !one.getKey().equals(except))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public Impact impact(KillSwitchTarget target) {
        return Impact.NONE;
    }
}
