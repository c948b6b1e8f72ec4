package dev.agentos.pluginruntime.internal;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The class loaders of versions that were unloaded, for as long as something keeps them in memory. One that stays
 * although the collector has been there is a leak: a thread that goes on, a thread-local value, an entry in a list of
 * the host's.
 */
public final class GoneLoaders {

    private final ReferenceQueue<ClassLoader> collected = new ReferenceQueue<>();
    private final Set<Gone> there = new HashSet<>();
    private final Map<String, Integer> counts = new TreeMap<>();

    private static final class Gone extends WeakReference<ClassLoader> {

        private final String plugin;

        Gone(ClassLoader loader, String plugin, ReferenceQueue<ClassLoader> queue) {
            super(loader, queue);
            this.plugin = plugin;
        }
    }

    /** Watches the loader of a plugin's version that was unloaded. */
    public synchronized void watch(String plugin, ClassLoader loader) {
        there.add(new Gone(loader, plugin, collected));
        counts.merge(plugin, 1, Integer::sum);
    }

    /** How many loaders of each plugin are still in memory; a plugin that once had some stays, with 0. */
    public synchronized Map<String, Integer> counts() {
        for (Reference<? extends ClassLoader> gone = collected.poll(); gone != null; gone = collected.poll()) {
            if (gone instanceof Gone known && there.remove(known)) {
                counts.merge(known.plugin, -1, Integer::sum);
            }
        }
        return Map.copyOf(counts);
    }
}
