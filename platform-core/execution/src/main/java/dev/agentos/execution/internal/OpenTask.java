package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeTask;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task of a superstep that has not ended. */
final class OpenTask {

    private static final Logger LOG = LoggerFactory.getLogger(OpenTask.class);
    private static final RetryPolicy ONCE = new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO);

    final NodeTask task;
    final NodeDefinition node;
    final Map<String, JsonValue> answers;
    int attempts;
    int marks;
    int missed;
    boolean marked;
    Effect effect = Effect.PURE;
    Instant due = Instant.MIN;
    List<NodeCall.Lost> lost = List.of();
    Optional<Instant> missingSince = Optional.empty();
    Optional<TaskAttempt> attempt = Optional.empty();
    Optional<ResultCache.Key> cached = Optional.empty();

    OpenTask(NodeTask task, NodeDefinition node, Map<String, JsonValue> answers) {
        this.task = task;
        this.node = node;
        this.answers = answers;
    }

    /** The same task, which knows that a time has passed. */
    OpenTask knowing(String interrupt, JsonValue answer, Instant when) {
        Map<String, JsonValue> more = new HashMap<>(answers);
        more.put(interrupt, answer);
        OpenTask known = new OpenTask(task, node, more);
        known.attempts = attempts;
        known.marks = marks;
        known.marked = marked;
        known.due = when;
        return known;
    }

    /** What it means that an attempt has thrown that. */
    Failure failure(ExecutionId execution, Throwable thrown) {
        if (thrown instanceof AgentOsException e) {
            Failure failure = Failure.of(e);
            return new Failure(
                    failure.code(),
                    failure.type(),
                    failure.retriable(),
                    "Node '" + node.id() + "' failed: " + failure.message(),
                    failure.action());
        }
        LOG.error("Execution {}: node {} failed", execution, node.id(), thrown);
        return Failure.of(
                GraphErrorCode.NODE_FAILED,
                "Node '" + node.id() + "' of the type '" + node.type() + "' failed unexpectedly ("
                        + thrown.getClass().getSimpleName() + ").",
                "Look for it in the server's log, and report it to who offers the node type.");
    }

    /** An event about it. */
    Draft event(String type, int step, Map<String, JsonValue> more) {
        Map<String, JsonValue> data = new LinkedHashMap<>();
        data.put("task", new JsonString(task.id()));
        more.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> data.put(one.getKey(), one.getValue()));
        return new Draft(type, step, Optional.of(node.id()), new JsonObject(data));
    }

    /** Whether it is tried again after that failure. */
    boolean repeats(Failure failure) {
        RetryPolicy policy = policy();
        boolean listed = policy.errors().isEmpty()
                ? failure.retriable()
                : policy.errors().contains(failure.code())
                        || policy.errors().contains(failure.type().name());
        return listed && effect != Effect.NON_IDEMPOTENT && missingSince.isEmpty() && attempts < policy.maxAttempts();
    }

    /** How many milliseconds to wait at most before the next attempt. */
    double longestPause() {
        RetryPolicy policy = policy();
        return Math.min(
                policy.longest().toMillis(),
                policy.initial().toMillis() * Math.pow(policy.multiplier(), attempts - 1.0));
    }

    private RetryPolicy policy() {
        return node.retry().orElse(ONCE);
    }
}
