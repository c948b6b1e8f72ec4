package dev.agentos.execution;

import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executions that this server has let wait for node types, so that they go on as soon as it has those again. What
 * other servers, or this one before it was started anew, let wait is known here once its time to be looked at has come.
 */
final class AbsentTypes {

    private static final Logger LOG = LoggerFactory.getLogger(AbsentTypes.class);
    private static final int MOST = 10_000;
    /** So many go on at a time; a plugin for which thousands wait must not take all places of the store. */
    private static final int MOST_AT_ONCE = 4;

    private final Executions executions;
    private final Map<ExecutionId, Waiting> waiting = new ConcurrentHashMap<>();
    /** Those with new events since they were noted: they may have ended, or gone on elsewhere. */
    private final Set<ExecutionId> changed = ConcurrentHashMap.newKeySet();

    private final Queue<Runnable> work = new ConcurrentLinkedQueue<>();
    private final Semaphore workers = new Semaphore(MOST_AT_ONCE);

    private record Waiting(TenantId tenant, Map<String, String> types) {}

    AbsentTypes(Executions executions) {
        this.executions = executions;
        executions.onChange((tenant, id) -> {
            if (waiting.containsKey(id)) {
                changed.add(id);
            }
        });
    }

    /** Notes for which types an execution waits, by the questions that say so; for none when there are none. */
    void note(TenantId tenant, ExecutionId id, Map<String, String> types) {
        if (types.isEmpty()) {
            waiting.remove(id);
        } else if (waiting.size() < MOST) {
            waiting.put(id, new Waiting(tenant, types));
        }
    }

    /** How many are noted. */
    int size() {
        return waiting.size();
    }

    /** Lets those go on whose types are there again, and forgets those that wait no more. */
    void look() {
        changed.removeIf(id -> {
            Waiting one = waiting.get(id);
            return one == null || work.add(() -> forgetUnlessWaiting(id, one));
        });
        waiting.forEach((id, one) -> {
            Map<String, JsonValue> answers = new HashMap<>();
            one.types.forEach((question, type) -> {
                if (there(type)) {
                    answers.put(question, Interrupt.PASSED);
                }
            });
            if (!answers.isEmpty() && waiting.remove(id, one)) {
                work.add(() -> goOn(one.tenant, id, answers));
            }
        });
        while (!work.isEmpty() && workers.tryAcquire()) {
            Thread.ofVirtual().name("returned").start(this::work);
        }
    }

    private void work() {
        try {
            for (Runnable next = work.poll(); next != null; next = work.poll()) {
                next.run();
            }
        } finally {
            workers.release();
        }
    }

    private boolean there(String type) {
        return NodeHandlers.BUILT_IN
                .find(type)
                .or(() -> executions.handlers().find(type))
                .isPresent();
    }

    /** An execution that was asked to pause goes on when it is told to, and looks for itself then. */
    private boolean waits(TenantId tenant, ExecutionId id) {
        return executions
                .find(tenant, id)
                .filter(one ->
                        one.state() == ExecutionState.WAITING && !one.progress().pauseRequested())
                .isPresent();
    }

    private void forgetUnlessWaiting(ExecutionId id, Waiting one) {
        try {
            if (!waits(one.tenant, id)) {
                waiting.remove(id, one);
            }
        } catch (RuntimeException e) {
            LOG.debug("It is not known whether execution {} still waits: {}", id, e.toString());
        }
    }

    private void goOn(TenantId tenant, ExecutionId id, Map<String, JsonValue> answers) {
        try {
            if (waits(tenant, id)) {
                // As a change, so that one that is asked to pause at this moment stays paused.
                executions.resume(
                        tenant,
                        id,
                        new Command(
                                answers,
                                Optional.empty(),
                                JsonObject.EMPTY,
                                List.of(),
                                Optional.empty(),
                                true,
                                Optional.empty()));
            }
        } catch (AgentOsException e) {
            // It has gone on, or ended; or it is not admitted now, and looks for itself later.
            LOG.debug("Execution {} is not told that its node types are back: {}", id, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("Execution {} looks for itself when its time has come: {}", id, e.toString());
        }
    }
}
