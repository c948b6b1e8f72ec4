package dev.agentos.persistence.internal;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Which tenants this server has claimed executions of, the one of longest ago first. It is kept in memory, so that
 * claiming writes no row that all servers want; each server takes turns for itself. Whoever is not among the latest has
 * waited longer than all of those.
 */
public final class Rotation {

    private static final int MOST = 200;

    private final LinkedHashSet<String> latest = new LinkedHashSet<>();

    /** Those that had a turn, the one of longest ago first. */
    public synchronized List<String> latest() {
        return List.copyOf(latest);
    }

    /** They have had a turn now, in that order. */
    public synchronized void had(Collection<String> tenants) {
        tenants.forEach(latest::addLast);
        while (latest.size() > MOST) {
            latest.removeFirst();
        }
    }
}
