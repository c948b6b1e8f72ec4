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
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executions that this server has let wait for node types, so that they go on as soon as it has those again. What
 * other servers, or this one before it was started anew, let wait looks for itself when its time has come.
 */
final class AbsentTypes {

    private static final Logger LOG = LoggerFactory.getLogger(AbsentTypes.class);
    private static final int MOST = 10_000;

    private final Executions executions;
    private final Map<ExecutionId, Waiting> waiting = new ConcurrentHashMap<>();

    private record Waiting(TenantId tenant, Map<String, String> types) {}

    AbsentTypes(Executions executions) {
        this.executions = executions;
    }

    /** Notes for which types an execution waits, by the questions that say so; for none when there are none. */
    void note(TenantId tenant, ExecutionId id, Map<String, String> types) {
        if (types.isEmpty()) {
            waiting.remove(id);
        } else if (waiting.size() < MOST) {
            waiting.put(id, new Waiting(tenant, types));
        }
    }

    /** Lets those go on whose types are there again. */
    void look() {
        waiting.forEach((id, one) -> {
            Map<String, JsonValue> answers = new HashMap<>();
            one.types.forEach((question, type) -> {
                if (there(type)) {
                    answers.put(question, Interrupt.PASSED);
                }
            });
            if (!answers.isEmpty() && waiting.remove(id, one)) {
                Thread.ofVirtual().name("returned-" + id).start(() -> goOn(one.tenant, id, answers));
            }
        });
    }

    private boolean there(String type) {
        return NodeHandlers.BUILT_IN
                .find(type)
                .or(() -> executions.handlers().find(type))
                .isPresent();
    }

    private void goOn(TenantId tenant, ExecutionId id, Map<String, JsonValue> answers) {
        try {
            executions.resume(tenant, id, new Command(answers, Optional.empty(), JsonObject.EMPTY, List.of()));
        } catch (AgentOsException e) {
            // It has gone on, or ended; or it is not admitted now, and looks for itself later.
            LOG.debug("Execution {} is not told that its node types are back: {}", id, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("Execution {} looks for itself when its time has come: {}", id, e.toString());
        }
    }
}
