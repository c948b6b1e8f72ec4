package dev.agentos.invocation;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ExtensionPoint;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs calls on the plugins' threads and waits for them no longer than they may take. */
final class Calls implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    /** How long an interrupted call has to end before it counts as run away. */
    private static final Duration INTERRUPT_GRACE = Duration.ofMillis(500);

    private static final Duration CANCEL_CHECK = Duration.ofMillis(200);
    private static final int RUNAWAYS_UNTIL_QUARANTINE = 3;

    private final ExtensionRegistry extensions;
    private final InstantSource clock;
    private final CallMeter meter;
    private final Map<Object, PluginThreads> threads = new ConcurrentHashMap<>();

    Calls(ExtensionRegistry extensions, InstantSource clock, CallMeter meter) {
        this.extensions = extensions;
        this.clock = clock;
        this.meter = meter;
        extensions.onUnload(loading -> {
            PluginThreads unloaded = threads.remove(loading);
            if (unloaded != null) {
                unloaded.shutdown();
            }
        });
    }

    <T extends ExtensionPoint, R> R run(
            CallScope scope, ExtensionHandle<T> handle, String target, Function<T, R> work) {
        PluginThreads pool = threads.computeIfAbsent(handle.loading(), loading -> new PluginThreads(handle));
        PluginCall<T, R> call = new PluginCall<>(handle, work);
        long begin = System.nanoTime();
        try {
            pool.execute(call);
        } catch (RejectedExecutionException e) {
            handle.close();
            throw new AgentOsException(
                    PluginErrorCode.OVERLOADED,
                    "Plugin " + handle.plugin() + " has too many calls waiting for its threads.",
                    "Try again later, or grant the plugin a larger thread.pool.",
                    e);
        }
        CallMeter.Outcome outcome = CallMeter.Outcome.FAILED;
        try {
            R returned = await(scope, call);
            outcome = CallMeter.Outcome.RETURNED;
            return returned;
        } catch (AgentOsException e) {
            if (e.errorCode() == KernelErrorCode.DEADLINE_EXCEEDED) {
                outcome = CallMeter.Outcome.TIMED_OUT;
                giveUp(handle, pool, call, target);
            } else if (e.errorCode() == KernelErrorCode.CANCELLED) {
                outcome = CallMeter.Outcome.CANCELLED;
                giveUp(handle, pool, call, target);
            }
            throw e;
        } finally {
            meter.ended(new CallMeter.Call(
                    handle.plugin(),
                    target,
                    scope.tenant(),
                    Duration.ofNanos(System.nanoTime() - begin),
                    call.processor(),
                    call.allocatedBytes(),
                    outcome));
        }
    }

    @Override
    public void close() {
        threads.values().forEach(PluginThreads::shutdown);
    }

    private <R> R await(CallScope scope, PluginCall<?, R> call) {
        while (true) {
            Duration left = Duration.between(clock.instant(), scope.deadline());
            if (!left.isPositive()) {
                throw tooLate(scope.deadline());
            }
            if (scope.cancelled().getAsBoolean()) {
                throw cancelled();
            }
            try {
                long wait = Math.min(left.toNanos(), CANCEL_CHECK.toNanos());
                return call.result().get(wait, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                continue;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw cancelled();
            } catch (CancellationException e) {
                throw cancelled();
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case AgentOsException known -> {
                        logDefect(known);
                        throw known;
                    }
                    case Error error -> throw error;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
        }
    }

    private static void logDefect(AgentOsException failure) {
        if (failure.errorCode() == PluginErrorCode.FAILED) {
            LOG.warn("{}", failure.getMessage(), failure.getCause());
        }
    }

    /** Interrupts a call and, when that does not end it, counts it against its plugin. */
    private void giveUp(ExtensionHandle<?> handle, PluginThreads pool, PluginCall<?, ?> call, String target) {
        call.giveUp();
        boolean interrupted = Thread.interrupted();
        try {
            call.result().get(INTERRUPT_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            int runaways = pool.ranAway();
            LOG.warn("A call of {} into plugin {} does not end; it is left behind ({})", target, handle.plugin(), runaways);
            if (runaways >= RUNAWAYS_UNTIL_QUARANTINE) {
                extensions.quarantine(handle, runaways + " of its calls did not end when they were interrupted");
            }
        } catch (ExecutionException | CancellationException e) {
            LOG.debug("A call of {} into plugin {} ended when it was interrupted", target, handle.plugin());
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static AgentOsException tooLate(Instant deadline) {
        return new AgentOsException(
                KernelErrorCode.DEADLINE_EXCEEDED,
                "The call was not over at its deadline, " + deadline + ".",
                "Allow more time with the node's timeout or the execution's deadline, or ask for less.");
    }

    private static AgentOsException cancelled() {
        return new AgentOsException(
                KernelErrorCode.CANCELLED, "The call was cancelled.", "Start it again when it is wanted.");
    }
}
