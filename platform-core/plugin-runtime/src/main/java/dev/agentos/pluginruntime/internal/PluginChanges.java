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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Changes of plugins, one at a time; a second one of the same plugin is refused while the first is under way. */
public final class PluginChanges {

    /** How long a change that has all it needs waits for one that was started before and has not. */
    private static final long MOST_SECONDS_BEHIND = 10;

    private final Operations operations;
    private final Runnable before;
    private final ReentrantLock writer = new ReentrantLock();
    private final AtomicReference<CountDownLatch> lastTurn = new AtomicReference<>(new CountDownLatch(0));
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
        occupy(plugin);
        return begin(kind, plugin, writing(work), () -> {});
    }

    /**
     * Starts a change that fetches something first, beside others. Those that do take effect in the order in which they
     * were started, so that whoever installs a provider and then what needs it need not wait in between; but nobody is
     * held up for long by what comes slowly.
     *
     * @throws AgentOsException {@code plugin:BUSY}
     */
    public Operation start(String kind, String plugin, Consumer<Operations.Reporter> fetch, Operations.Work work) {
        occupy(plugin);
        CountDownLatch turn = new CountDownLatch(1);
        CountDownLatch earlier = lastTurn.getAndSet(turn);
        Operations.Work change = writing(work);
        return begin(
                kind,
                plugin,
                reporter -> {
                    fetch.accept(reporter);
                    reporter.await(() -> earlier.await(MOST_SECONDS_BEHIND, TimeUnit.SECONDS));
                    return change.run(reporter);
                },
                turn::countDown);
    }

    private void occupy(String plugin) {
        if (busy.putIfAbsent(plugin, Optional.empty()) != null) {
            throw new AgentOsException(
                    PluginErrorCode.BUSY,
                    "Another operation is changing plugin '" + plugin + "'.",
                    "Wait until it has ended.");
        }
    }

    private Operation begin(String kind, String plugin, Operations.Work work, Runnable behind) {
        Runnable end = () -> {
            busy.remove(plugin);
            behind.run();
        };
        try {
            return operations.start(kind, plugin, ending(work, end));
        } catch (RuntimeException e) {
            end.run();
            throw e;
        }
    }

    /** Goes on with a change that waits, and fetches something first; false when it does not, or cannot now. */
    public boolean goOn(String operation, String plugin, Consumer<Operations.Reporter> fetch, Operations.Work work) {
        if (busy.putIfAbsent(plugin, Optional.empty()) != null) {
            return false;
        }
        boolean begun = false;
        try {
            Operations.Work change = writing(work);
            begun = operations.goOn(
                    operation,
                    ending(
                            reporter -> {
                                fetch.accept(reporter);
                                return change.run(reporter);
                            },
                            () -> busy.remove(plugin)));
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

    /** The same for what has no result. */
    public void alone(Runnable work) {
        alone(() -> {
            work.run();
            return true;
        });
    }

    private Operations.Work writing(Operations.Work work) {
        return reporter -> {
            reporter.await(() -> {
                writer.lockInterruptibly();
                return true;
            });
            try {
                before.run();
                return work.run(reporter);
            } finally {
                writer.unlock();
            }
        };
    }

    private static Operations.Work ending(Operations.Work work, Runnable end) {
        return reporter -> {
            try {
                return work.run(reporter);
            } finally {
                end.run();
            }
        };
    }
}
