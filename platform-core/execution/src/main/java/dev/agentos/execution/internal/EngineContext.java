package dev.agentos.execution.internal;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphLibrary;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.Failpoints;
import dev.agentos.policy.KillSwitches;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all executions of one server share. */
public record EngineContext(
        EngineConfig config,
        ExecutionStore store,
        GraphLibrary graphs,
        NodeHandlers handlers,
        Signals signals,
        InstantSource clock,
        RandomGenerator random,
        Failpoints failpoints,
        ResultCache cache,
        KillSwitches switches) {

    private static final Logger LOG = LoggerFactory.getLogger(EngineContext.class);

    /** What the executions of a new engine share. */
    public static EngineContext of(
            EngineConfig config,
            ExecutionStore store,
            GraphLibrary graphs,
            NodeHandlers handlers,
            Signals signals,
            InstantSource clock,
            RandomGenerator random,
            Failpoints failpoints) {
        return new EngineContext(
                config,
                store,
                graphs,
                handlers,
                signals,
                clock,
                random,
                failpoints,
                new ResultCache(),
                KillSwitches.inMemory());
    }

    /** The same, as far as those do not stop them. */
    public EngineContext stoppedBy(KillSwitches engaged) {
        return new EngineContext(config, store, graphs, handlers, signals, clock, random, failpoints, cache, engaged);
    }

    /** The handler of a node type, built-in ones first. */
    Optional<NodeHandler> handler(String type) {
        return NodeHandlers.BUILT_IN.find(type).or(() -> handlers.find(type));
    }

    /** This server as one that claims. */
    public ExecutionStore.Claimant claimant() {
        return new ExecutionStore.Claimant(config.owner(), config.lease());
    }

    /** Tells the store that an execution only waits, or goes on; what becomes of its lease is learnt elsewhere. */
    public void suspect(ExecutionStore.Claim claim, boolean begins) {
        try {
            store.suspect(claim, begins);
        } catch (RuntimeException e) {
            LOG.warn(
                    "Whether execution {} waits cannot be noted: {}",
                    claim.lease().execution(),
                    e.toString());
        }
    }

    /** A time between nothing and that many milliseconds, with full jitter. */
    public long jitter(double millis) {
        return (long) (random.nextDouble() * Math.max(0, millis));
    }
}
