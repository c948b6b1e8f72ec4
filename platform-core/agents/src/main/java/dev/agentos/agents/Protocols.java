package dev.agentos.agents;

import dev.agentos.execution.Executions;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.ProtocolLoan;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Answers requests by the protocols of plugins, which see the agents and executions of the caller's tenant. */
public final class Protocols {

    /** How long a protocol may take for an answer, a streamed one included, unless it is set otherwise. */
    public static final Duration LIMIT = Duration.ofMinutes(10);

    private final Invocation invocation;
    private final Agents agents;
    private final Executions executions;
    private final InstantSource clock;
    private final Duration limit;

    /**
     * Protocols for those agents and executions.
     *
     * @param limit how long one may take for an answer
     */
    public Protocols(Invocation invocation, Agents agents, Executions executions, InstantSource clock, Duration limit) {
        this.invocation = invocation;
        this.agents = agents;
        this.executions = executions;
        this.clock = clock;
        this.limit = limit;
    }

    /**
     * A request with its caller.
     *
     * @param principal whom the credential stands for
     * @param tenant whose agents and executions the protocol sees
     * @param id names this request and no other
     * @param protocol the protocol's name
     * @param request what was sent
     * @param gone whether the client has given up
     */
    public record Call(
            Principal principal,
            TenantId tenant,
            String id,
            String protocol,
            ProtocolRequest request,
            BooleanSupplier gone) {}

    /**
     * Requires that there is a protocol of that name, and that the tenant may use it.
     *
     * @throws dev.agentos.spi.AgentOsException {@code plugin:UNKNOWN_PROTOCOL}, {@code plugin:NOT_ENABLED}
     */
    public void require(TenantId tenant, String protocol) {
        invocation.requireProtocol(tenant.value(), protocol);
    }

    /**
     * Answers a request. What it started for its own time only is cancelled behind it.
     *
     * @return the answer; empty when it was written to the stream
     * @throws dev.agentos.spi.AgentOsException as {@link Invocation#answer}
     */
    public Optional<ProtocolResponse> answer(Call call, ResponseStream stream) {
        Instant deadline = clock.instant().plus(limit);
        CallScope scope = new CallScope(
                new CallScope.Subject(
                        call.tenant().value(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(call.principal().id())),
                deadline,
                call.gone(),
                call.id(),
                JsonObject.EMPTY,
                // There is no execution whose followers would hear of it.
                (name, data) -> {});
        try (CallerExecutions lent = new CallerExecutions(call, agents, executions)) {
            return invocation.answer(scope, call.protocol(), call.request(), new ProtocolLoan(stream, lent));
        }
    }
}
