package dev.agentos.kernel;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A map of what was used last: with one more than it holds, what was not used for the longest goes. Not for threads.
 */
public final class Latest<K, V> extends LinkedHashMap<K, V> {

    private static final long serialVersionUID = 1L;

    private final int most;

    /** An empty one that holds so many. */
    public Latest(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
