package dev.agentos.agents;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.graph.Channels;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Pauses;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.TenantExecutions;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agents and executions of a caller's tenant, as far as the caller's credential goes; for one request. */
final class CallerExecutions implements TenantExecutions, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CallerExecutions.class);
    private static final String KEY_HEADER = "idempotency-key";
    private static final int MOST_EVENTS = 100;

    private final Protocols.Call call;
    private final Agents agents;
    private final Executions executions;
    private final AgentAccess access;
    private final Set<String> started = ConcurrentHashMap.newKeySet();
    private final Set<String> bound = ConcurrentHashMap.newKeySet();
    private final AtomicInteger starts = new AtomicInteger();
    private volatile boolean closed;

    CallerExecutions(Protocols.Call call, Agents agents, Executions executions) {
        this.call = call;
        this.agents = agents;
        this.executions = executions;
        this.access = new AgentAccess(agents, executions);
    }

    @Override
    public List<Agent> agents() {
        require(Scope.AGENTS_READ);
        return access.agents(tenant(), reach(Scope.AGENTS_READ)).stream()
                .map(agent -> new Agent(
                        agent.id(),
                        agent.definition().description(),
                        agent.definition().inputSchema(),
                        new Channels(agent.definition().graph().channels()).chat()))
                .toList();
    }

    @Override
    public Status start(String agent, JsonObject input, Lifetime lifetime) {
        require(Scope.EXECUTIONS_WRITE);
        access.requireAgent(reach(Scope.EXECUTIONS_WRITE), agent);
        ExecutionRequest wanted = agents.prepare(
                tenant(),
                agent,
                new Agents.Task(
                        input,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC,
                        Pauses.NONE,
                        Optional.empty()));
        access.requireContents(tenant(), reach(Scope.EXECUTIONS_WRITE), wanted.graph());
        Optional<RequestKey> key = key(starts.incrementAndGet());
        Execution execution;
        try {
            execution = executions
                    .start(tenant(), wanted.by(call.principal().id()), key)
                    .execution();
        } catch (RequestKeyReusedException e) {
            throw new AgentOsException(
                    ErrorCode.of("server", "IDEMPOTENCY_KEY_REUSED", ErrorType.USER, false),
                    "The Idempotency-Key was used for a request with another content.",
                    "Send another key with another request.",
                    e);
        }
        started.add(execution.id().value());
        if (lifetime == Lifetime.OF_THE_CALL && key.isEmpty()) {
            bound.add(execution.id().value());
            if (closed) {
                // The call was given up while this went on.
                close();
            }
        }
        return shown(execution);
    }

    /** What makes the n-th start of this request the same as that of an earlier one. */
    private Optional<RequestKey> key(int number) {
        ProtocolRequest request = call.request();
        Optional<String> sent = request.header(KEY_HEADER);
        if (sent.isEmpty() || !request.method().equals("POST")) {
            return Optional.empty();
        }
        if (!RequestKey.valid(sent.get())) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_FIELD,
                    "The header Idempotency-Key is not 1 to 200 visible characters of ASCII.",
                    "Send a UUID, for example.");
        }
        MessageDigest sha256 = Digests.sha256();
        sha256.update((request.query() + "\n").getBytes(StandardCharsets.UTF_8));
        sha256.update(request.body());
        String route = "POST /protocols/" + call.protocol() + request.path() + " " + number;
        return Optional.of(new RequestKey(call.principal().id(), route, sent.get(), Digests.hex(sha256)));
    }

    @Override
    public Status find(String execution) {
        return shown(found(execution));
    }

    private Execution found(String execution) {
        requireRead(execution);
        return executions.require(tenant(), new ExecutionId(execution));
    }

    @Override
    public Status awaitRest(String execution, Duration longest) {
        requireRead(execution);
        return shown(awaited(executions.awaitRest(tenant(), new ExecutionId(execution), longest)));
    }

    @Override
    public List<Event> awaitEvents(String execution, long after, Duration longest) {
        requireRead(execution);
        return awaited(executions.awaitEvents(tenant(), new ExecutionId(execution), after, MOST_EVENTS, longest))
                .stream()
                .map(event -> new Event(
                        event.sequence(),
                        event.draft().type(),
                        event.draft().node(),
                        event.draft().data()))
                .toList();
    }

    private static <T> T awaited(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new AgentOsException(
                    KernelErrorCode.CANCELLED, "The wait was interrupted: the call is to end.", "Let it end.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Status cancel(String execution) {
        require(Scope.EXECUTIONS_WRITE);
        access.requireExecution(tenant(), reach(Scope.EXECUTIONS_WRITE), new ExecutionId(execution));
        return shown(executions.cancel(tenant(), new ExecutionId(execution)));
    }

    private static Status shown(Execution execution) {
        return new Status(
                execution.id().value(),
                execution.request().agent(),
                State.valueOf(execution.state().name()),
                execution.output(),
                execution
                        .failure()
                        .map(failure ->
                                new TenantExecutions.Failure(failure.code(), failure.message(), failure.action())));
    }

    private TenantId tenant() {
        return call.tenant();
    }

    private void requireRead(String execution) {
        if (!started.contains(execution)) {
            require(Scope.EXECUTIONS_READ);
            access.requireExecution(tenant(), reach(Scope.EXECUTIONS_READ), new ExecutionId(execution));
        }
    }

    private Reach reach(Scope scope) {
        return call.principal().reach(Set.of(scope));
    }

    private void require(Scope scope) {
        call.principal().require(scope);
    }

    /** Nobody waits any more for what was started for the time of the call. */
    @Override
    public void close() {
        closed = true;
        for (String id : bound) {
            ExecutionId execution = new ExecutionId(id);
            try {
                boolean open = executions
                        .find(tenant(), execution)
                        .filter(one -> !one.state().terminal() && one.state() != ExecutionState.WAITING)
                        .isPresent();
                if (open) {
                    executions.cancel(tenant(), execution);
                }
            } catch (AgentOsException e) {
                // It has ended meanwhile, or the store is away; the request's own outcome is what counts.
                LOG.debug("Execution {} of a request that has ended is not cancelled", id, e);
            }
        }
    }
}
