package dev.agentos.pluginworker;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PluginContext;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A started version of a plugin in a process of its own, which is started again when it dies. What it offers are
 * objects of the host that pass calls on; a call waits while the process is being started again.
 */
public final class IsolatedPlugin implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IsolatedPlugin.class);

    /** How long a virtual machine may take until it is ready for a plugin, on a machine that has much to do. */
    private static final Duration BOOT = Duration.ofSeconds(60);

    private final WorkerLaunch launch;
    private final JsonObject order;
    private final Duration startLimit;
    private final InstantSource clock;
    private final Host host;
    private final HostAnswers answers;
    private final Restarts restarts = new Restarts(RandomGenerator.getDefault());
    private final JsonArray described;
    private final List<ExtensionPoint> extensions;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Worker worker;
    /** A process that is not ready yet. */
    private @Nullable Worker starting;

    private Optional<String> ending = Optional.empty();
    /** A process is on its way. */
    private boolean coming;
    /** Everything is stopped, and there is no process meanwhile. */
    private boolean resting;

    private volatile List<Denied> denials = List.of();

    /**
     * The server around it.
     *
     * @param context what is lent to the plugin
     * @param told hears what becomes of the process, for those who look after the plugin
     * @param givenUp hears why the plugin is to be switched off
     */
    public record Host(PluginContext context, Told told, Consumer<String> givenUp) {}

    /** Hears what is to be known about a plugin. */
    @FunctionalInterface
    public interface Told {
        /** Something of that gravity has happened. */
        void tell(Level level, String text);
    }

    /**
     * An act that the plugin was refused in its own process.
     *
     * @param permission what it lacks
     * @param at the method of the JDK that it came to
     * @param count how often
     */
    public record Denied(String permission, String at, long count) {}

    /**
     * Starts the process and the plugin in it.
     *
     * @param order what the process is to load, for {@link WorkerEnd.Loader#load}
     * @param startLimit how long the plugin may take to load and start
     * @throws AgentOsException what the plugin's start reports, {@code plugin:NOT_ISOLABLE}, {@code plugin:CRASHED}
     */
    public IsolatedPlugin(WorkerLaunch launch, JsonObject order, Duration startLimit, InstantSource clock, Host host) {
        this.launch = launch;
        this.order = order;
        this.startLimit = startLimit;
        this.clock = clock;
        this.host = host;
        this.answers = new HostAnswers(host.context());
        Started first = start();
        this.described = first.extensions();
        try {
            this.extensions = IsolatedExtensions.of(this, described);
        } catch (RuntimeException | Error e) {
            first.worker().kill("it says what makes no sense of what it offers");
            throw e;
        }
        this.starting = null;
        this.worker = first.worker();
        // It may have ended before there was anybody to hear of it.
        first.heard().thenAccept(this::ended);
    }

    private record Started(Worker worker, JsonArray extensions, CompletableFuture<Worker> heard) {}

    /** What it offers, in the order in which it was started. */
    public List<ExtensionPoint> extensions() {
        return extensions;
    }

    /** What its processes were denied by the guard in them; of the one that runs, and of none before. */
    public List<Denied> denials() {
        return denials;
    }

    /** The number of the process; empty while there is none. */
    public Optional<Long> pid() {
        lock.lock();
        try {
            return Optional.ofNullable(worker).map(Worker::pid);
        } finally {
            lock.unlock();
        }
    }

    private Started start() {
        CompletableFuture<Void> ready = new CompletableFuture<>();
        CompletableFuture<Worker> heard = new CompletableFuture<>();
        Worker started = new Worker(
                new WorkerProcess(launch, this::written),
                (request, parts) -> answers.outside(request),
                note -> noted(note, ready),
                heard::complete);
        try {
            begun(started);
            JsonObject answer = loaded(started, ready);
            return new Started(started, answer.array("extensions").orElse(JsonArray.EMPTY), heard);
        } catch (RuntimeException | Error e) {
            started.kill("the plugin did not start");
            throw e;
        }
    }

    /** From here on, whoever ends the plugin ends that process as well; it may have been ended before. */
    private void begun(Worker started) {
        boolean late;
        lock.lock();
        try {
            starting = started;
            late = ending.isPresent() || resting;
        } finally {
            lock.unlock();
        }
        if (late) {
            started.close();
        }
    }

    private JsonObject loaded(Worker started, CompletableFuture<Void> ready) {
        CompletableFuture<JsonObject> loaded = new CompletableFuture<>();
        Thread.ofVirtual().name("load-" + started.pid()).start(() -> {
            try {
                loaded.complete(started.call(
                        JsonObject.of("do", "load", "order", order), (request, parts) -> answers.outside(request)));
            } catch (RuntimeException | Error e) {
                loaded.completeExceptionally(e);
            } finally {
                ready.complete(null);
            }
        });
        awaited(ready, BOOT);
        return awaited(loaded, startLimit);
    }

    private static <T> T awaited(CompletableFuture<T> future, Duration limit) {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException own) {
                throw own;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw notStarted("took longer than " + limit.toMillis() + " ms and was given up");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notStarted("was interrupted");
        }
    }

    private static AgentOsException notStarted(String why) {
        return new AgentOsException(
                WorkerErrorCode.CRASHED,
                "The start of the plugin in a process of its own " + why + ".",
                "Try again when the server has less to do; else report it to the plugin's author.");
    }

    private void written(String line) {
        host.context().logger().log(Level.INFO, line);
    }

    private void noted(JsonObject note, CompletableFuture<Void> ready) {
        try {
            switch (Values.text(note, "note")) {
                case "ready" -> ready.complete(null);
                case "denied" ->
                    denials = Values.all(
                            note,
                            "denials",
                            one -> new Denied(
                                    Values.text(one, "permission"),
                                    Values.text(one, "at"),
                                    Values.number(one, "count")));
                case "refused" -> host.told().tell(Level.WARNING, Values.text(note, "text"));
                default -> answers.noted(note);
            }
        } catch (RuntimeException e) {
            LOG.debug("Plugin {} has noted what makes no sense", host.context().pluginId(), e);
        }
    }

    /**
     * Has the plugin do something.
     *
     * @param call the call that it is done in; nothing can be asked for where there is none
     * @param listener hears text that comes before the answer
     */
    JsonObject call(JsonObject request, Optional<CallContext> call, ChatListener listener) {
        if (call.isEmpty()) {
            return worker().call(request, (asked, parts) -> answers.outside(asked));
        }
        CallContext within = call.get();
        return worker().call(
                        request.with("call", answers.described(within)),
                        (asked, parts) -> answers.inside(within, listener, asked, parts));
    }

    /** The process, once it is there. */
    private Worker worker() {
        try {
            lock.lockInterruptibly();
            try {
                while (worker == null && ending.isEmpty()) {
                    changed.await();
                }
                if (worker != null) {
                    return worker;
                }
                throw new AgentOsException(
                        WorkerErrorCode.CRASHED,
                        "The process of the plugin is not there any more: " + ending.orElse("") + ".",
                        "Restart the plugin once its log says what has happened.");
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentOsException(
                    KernelErrorCode.CANCELLED,
                    "The call was taken back before the plugin's process was there.",
                    "Make it again.");
        }
    }

    private void ended(Worker gone) {
        lock.lock();
        try {
            if (worker != gone || ending.isPresent()) {
                return;
            }
            worker = null;
            coming = true;
        } finally {
            lock.unlock();
        }
        again(gone.reason());
    }

    /** Ends the process for as long as calls are stopped anyway; it comes again when they are not any more. */
    public void rest(boolean wanted) {
        Worker there;
        boolean wake;
        lock.lock();
        try {
            resting = wanted;
            there = wanted ? latest() : null;
            worker = wanted ? null : worker;
            wake = !wanted && worker == null && !coming && ending.isEmpty();
            coming |= wake;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (there != null) {
            there.kill("a kill switch stops it");
            host.told().tell(Level.WARNING, "Its process was ended by a kill switch");
        }
        if (wake) {
            Thread.ofVirtual().name("wake-" + host.context().pluginId()).start(this::restart);
        }
    }

    /** The process that there is, or is being started. */
    private @Nullable Worker latest() {
        return worker == null ? starting : worker;
    }

    /** Starts it again after a crash, in a while, or gives it up. */
    private void again(String why) {
        Instant now = clock.instant();
        Optional<Duration> pause = restarts.after(now);
        if (pause.isEmpty()) {
            giveUp("its process has crashed " + Restarts.MOST + " times within " + Restarts.WINDOW.toMinutes()
                    + " minutes, at last because " + why);
            return;
        }
        host.told()
                .tell(
                        Level.WARNING,
                        "Its process has crashed: " + why + "; it is started again in "
                                + pause.get().toMillis() + " ms");
        Thread.ofVirtual().name("restart-" + host.context().pluginId()).start(() -> {
            if (waited(pause.get())) {
                restart();
            }
        });
    }

    /** Waits; false when it is not to be started any more, or not until it is woken. */
    private boolean waited(Duration pause) {
        lock.lock();
        try {
            long nanos = pause.toNanos();
            while (nanos > 0 && ending.isEmpty() && !resting) {
                nanos = changed.awaitNanos(nanos);
            }
            return stillWanted();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is to be started; else nobody does so any more, who holds the lock. */
    private boolean stillWanted() {
        if (ending.isPresent() || resting) {
            coming = false;
            return false;
        }
        return true;
    }

    /** Whether the start that has failed was wanted until then. */
    private boolean failedUnasked() {
        lock.lock();
        try {
            starting = null;
            return stillWanted();
        } finally {
            lock.unlock();
        }
    }

    private void restart() {
        Started next;
        try {
            next = start();
        } catch (RuntimeException | Error e) {
            if (failedUnasked()) {
                again(String.valueOf(e.getMessage()));
            }
            return;
        }
        if (!next.extensions().equals(described)) {
            next.worker().kill("it is not what it was");
            giveUp("its process says another thing of what it offers than before it crashed");
            return;
        }
        boolean late;
        lock.lock();
        try {
            coming = false;
            starting = null;
            late = ending.isPresent() || resting;
            if (!late) {
                worker = next.worker();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            next.worker().close();
        } else {
            host.told().tell(Level.INFO, "Its process is there again");
            next.heard().thenAccept(this::ended);
        }
    }

    private void giveUp(String why) {
        if (end(why)) {
            host.givenUp().accept(why);
        }
    }

    private boolean end(String why) {
        lock.lock();
        try {
            if (ending.isPresent()) {
                return false;
            }
            ending = Optional.of(why);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops the extensions, as far as the process is there for it.
     *
     * @throws RuntimeException what the plugin reports
     */
    public void stop() {
        Worker there;
        lock.lock();
        try {
            there = worker;
        } finally {
            lock.unlock();
        }
        if (there != null) {
            there.call(JsonObject.of("do", "stop"), (request, parts) -> answers.outside(request));
        }
    }

    /** Ends the process. */
    @Override
    public void close() {
        end("the plugin was unloaded");
        Worker there;
        lock.lock();
        try {
            there = latest();
            worker = null;
        } finally {
            lock.unlock();
        }
        if (there != null) {
            there.close();
        }
    }
}
