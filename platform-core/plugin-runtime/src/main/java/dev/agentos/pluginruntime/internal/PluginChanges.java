package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Changes of plugins, one at a time; a second one of the same plugin is refused while the first is under way. */
public final class PluginChanges {

    private final Operations operations;
    private final Runnable before;
    private final ReentrantLock writer = new ReentrantLock();
    private final Map<String, Optional<PluginVersion>> busy = new ConcurrentHashMap<>();

    /**
     * Changes that are those operations.
     *
     * @param before done before each
     */
    public PluginChanges(Operations operations, Runnable before) {
        this.operations = operations;
        this.before = before;
    }

    /**
     * Starts a change.
     *
     * @throws AgentOsException {@code plugin:BUSY}
     */
    public Operation start(String kind, String plugin, Operations.Work work) {
        return start(kind, plugin, reporter -> {}, work);
    }

    /**
     * The same.
     *
     * @param first done first, while others may still be changed
     */
    public Operation start(String kind, String plugin, Consumer<Operations.Reporter> first, Operations.Work work) {
        if (busy.putIfAbsent(plugin, Optional.empty()) != null) {
            throw new AgentOsException(
                    PluginErrorCode.BUSY,
                    "Another operation is changing plugin '" + plugin + "'.",
                    "Wait until it has ended.");
        }
        try {
            return operations.start(kind, plugin, changing(plugin, first, work));
        } catch (RuntimeException e) {
            busy.remove(plugin);
            throw e;
        }
    }

    /** Goes on with a change that waits; false when it does not, or cannot now. */
    public boolean goOn(String operation, String plugin, Operations.Work work) {
        if (busy.putIfAbsent(plugin, Optional.empty()) != null) {
            return false;
        }
        boolean begun = false;
        try {
            begun = operations.goOn(operation, changing(plugin, reporter -> {}, work));
            return begun;
        } finally {
            if (!begun) {
                busy.remove(plugin);
            }
        }
    }

    /** Which version a change is about, once that is known. */
    public void installing(PluginVersion version) {
        busy.put(version.plugin(), Optional.of(version));
    }

    /** The versions that are being installed. */
    public List<PluginVersion> installing() {
        return busy.values().stream().flatMap(Optional::stream).toList();
    }

    /** Does something while nothing is changed. */
    public <T> T alone(Supplier<T> work) {
        writer.lock();
        try {
            return work.get();
        } finally {
            writer.unlock();
        }
    }

    private Operations.Work changing(String plugin, Consumer<Operations.Reporter> first, Operations.Work work) {
        return reporter -> {
            try {
                first.accept(reporter);
                writer.lockInterruptibly();
                try {
                    before.run();
                    return work.run(reporter);
                } finally {
                    writer.unlock();
                }
            } finally {
                busy.remove(plugin);
            }
        };
    }
}
