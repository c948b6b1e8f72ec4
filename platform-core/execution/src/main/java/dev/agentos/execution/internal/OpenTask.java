package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.graph.Channels;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task of a superstep that has not ended. */
final class OpenTask {

    private static final Logger LOG = LoggerFactory.getLogger(OpenTask.class);
    private static final RetryPolicy ONCE = new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO);

    /** The failures that the server finds, and not the node: its time was over, it was stopped, or its process died. */
    private static final Set<String> CUT_SHORT = Set.of(
            GraphErrorCode.NODE_TIMEOUT.code(),
            KernelErrorCode.DEADLINE_EXCEEDED.code(),
            KernelErrorCode.CANCELLED.code(),
            "plugin:CRASHED");

    private static final Pattern ITEM = Pattern.compile(":([0-9]{5})$");

    final NodeTask task;
    final NodeDefinition node;
    final Map<String, JsonValue> answers;
    int attempts;
    int marks;
    int missed;
    boolean marked;
    /** Whether what came of it was known before. */
    boolean known;

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
        this.marks = Review.next(task, 0, answers);
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
        known.missingSince = missingSince;
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
                    "Node '" + node.id() + "'" + item() + " failed: " + failure.message(),
                    failure.action());
        }
        LOG.error("Execution {}: node {} failed", execution, node.id(), thrown);
        return Failure.of(
                GraphErrorCode.NODE_FAILED,
                "Node '" + node.id() + "'" + item() + " of the type '" + node.type() + "' failed unexpectedly ("
                        + thrown.getClass().getSimpleName() + ").",
                "Look for it in the server's log, and report it to who offers the node type.");
    }

    /** Which item of a list it works on, if its node was dispatched. */
    private String item() {
        Matcher number = ITEM.matcher(task.id());
        return task.input().isPresent() && number.find()
                ? " (item " + (Integer.parseInt(number.group(1)) + 1) + ", task '" + task.id() + "')"
                : "";
    }

    /** An event about it. */
    Draft event(String type, int step, Map<String, JsonValue> more) {
        Map<String, JsonValue> data = LinkedHashMap.newLinkedHashMap(more.size() + 1);
        data.put("task", new JsonString(task.id()));
        (more.size() > 1 ? new TreeMap<>(more) : more).forEach(data::put);
        return new Draft(type, step, Optional.of(node.id()), new JsonObject(data));
    }

    /** The event that an attempt begins. */
    Draft started(int step) {
        return event(ExecutionEvent.TASK_STARTED, step, Map.of("attempt", JsonValue.of(attempts)));
    }

    /** The event that it has written. */
    Draft finished(int step, NodeHandler.Result.Writes result) {
        List<JsonValue> channels = new ArrayList<>();
        result.values().members().forEach((name, value) -> channels.add(new JsonString(name)));
        JsonValue written = new JsonArray(channels);
        return event(
                ExecutionEvent.TASK_FINISHED,
                step,
                known ? Map.of("channels", written, "cached", JsonValue.of(true)) : Map.of("channels", written));
    }

    /** The event that it asks, and waits for the answers. */
    Draft waiting(int step, List<Interrupt> asked) {
        return event(
                ExecutionEvent.TASK_WAITING,
                step,
                Map.of(
                        "interrupts",
                        JsonValue.of(asked.stream().map(Interrupt::id).toList())));
    }

    /** The event that an attempt has failed; of one that was cut short, nobody knows whether its effect happened. */
    Draft failed(int step, Failure failure, boolean again) {
        Map<String, JsonValue> more = new HashMap<>();
        more.put("attempt", JsonValue.of(attempts));
        more.put("failure", failure.toJson());
        more.put("retry", JsonValue.of(again));
        if (marked && CUT_SHORT.contains(failure.code())) {
            more.put(ExecutionEvent.UNCLEAR, JsonValue.of(true));
        }
        return event(ExecutionEvent.TASK_FAILED, step, more);
    }

    /** What it has written, as it is stored. */
    PendingWrite writes(NodeHandler.Result.Writes result) {
        return new PendingWrite(
                task.id(),
                node.id(),
                result.values(),
                List.of(),
                result.onward().map(Onward::toJson));
    }

    /** What it asks, as it is stored. */
    PendingWrite asks(List<Interrupt> asked) {
        return new PendingWrite(task.id(), node.id(), JsonObject.EMPTY, asked, Optional.empty());
    }

    /** An attempt took too long. */
    static AgentOsException late() {
        return new AgentOsException(
                GraphErrorCode.NODE_TIMEOUT,
                "It did not return in time.",
                "Give the node a longer timeout, or find out what it waits for.");
    }

    /** Notes that no one does the work of the node now; whether that has been so for too long. */
    boolean missed(Instant now, Duration patience) {
        Instant since = missingSince.orElse(now);
        missingSince = Optional.of(since);
        missed = Math.min(missed + 1, 10);
        due = now.plusMillis((long) Math.min(5_000, 25 * Math.pow(2, missed)));
        return Duration.between(since, now).compareTo(patience) >= 0;
    }

    /** Whether someone does the work of the node again, for which it has waited. */
    boolean returned(EngineContext context) {
        return missingSince.isPresent() && context.handler(node.type()).isPresent();
    }

    /** The question with which it waits until someone does the work of the node. */
    Interrupt missing(int number, Instant now) {
        return Questions.Missing.of(this, number, missingSince.orElse(now));
    }

    /** Whether it is tried again after that failure. */
    boolean repeats(Failure failure) {
        RetryPolicy policy = policy();
        return lists(policy, failure) && effect != Effect.NON_IDEMPOTENT && attempts < policy.maxAttempts();
    }

    /** How long a failure says that it lasts; no time when it says nothing. */
    static Duration rest(Throwable thrown) {
        return thrown instanceof RetryLaterException later ? Duration.ofSeconds(later.seconds()) : Duration.ZERO;
    }

    /** How many milliseconds to wait at most before the next attempt. */
    double longestPause() {
        return longestPause(policy(), attempts);
    }

    /** How many milliseconds to wait at most behind that attempt. */
    static double longestPause(RetryPolicy policy, int attempt) {
        return Math.min(
                policy.longest().toMillis(),
                policy.initial().toMillis() * Math.pow(policy.multiplier(), attempt - 1.0));
    }

    /** Whether a failure is one of those that are repeated. */
    static boolean lists(RetryPolicy policy, Failure failure) {
        return policy.errors().isEmpty()
                ? failure.retriable()
                : policy.errors().contains(failure.code())
                        || policy.errors().contains(failure.type().name());
    }

    /**
     * What it writes that came to that, by the names outside.
     *
     * @throws AgentOsException {@code graph:INVALID_WRITE}, or {@code graph:INVALID_GOTO} when no edge leads where its
     *     path is to go on
     */
    NodeHandler.Result.Writes outside(CompiledGraph graph, NodeHandler.Result.Writes result) {
        Channels.requireDeclared(node, result.values());
        NodeHandler.Result.Writes writes = graph.behind(node.id()).outside(result);
        graph.channels().require(node.id(), writes.values());
        if (writes.onward().isPresent() && writes.onward().get() instanceof Onward.Goto way) {
            way.astray(graph, node.id()).ifPresent(target -> {
                throw new AgentOsException(
                        GraphErrorCode.INVALID_GOTO,
                        "It wants to go on with '" + target + "', to which no edge leads from it.",
                        "Draw an edge to it, with \"goto\": true if it is taken only by name.");
            });
        }
        return writes;
    }

    private RetryPolicy policy() {
        return node.retry().orElse(ONCE);
    }
}
