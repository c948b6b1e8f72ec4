package dev.agentos.invocation;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import dev.agentos.spi.TenantExecutions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * What the host lends to a protocol for one request beside the context of the call; of no use after it. What it does
 * for the plugin runs on threads of the host, so that nothing that comes of it, a thread for instance, inherits the
 * plugin's class loader or what the plugin keeps with its threads.
 */
public final class ProtocolLoan implements ResponseStream, TenantExecutions, AutoCloseable {

    private final ResponseStream stream;
    private final TenantExecutions executions;
    private volatile boolean begun;
    private volatile boolean ended;

    /** Lends those two. */
    public ProtocolLoan(ResponseStream stream, TenantExecutions executions) {
        this.stream = stream;
        this.executions = executions;
    }

    @Override
    public void begin(int status, Map<String, List<String>> headers) {
        refuseEnded();
        if (begun) {
            throw new IllegalStateException("The answer has begun already");
        }
        // Looked through here and not on the host's thread, which holds the answer.
        Map<String, List<String>> copy = new ProtocolResponse(status, headers, new byte[0]).headers();
        hosted(() -> {
            stream.begin(status, copy);
            return true;
        });
        begun = true;
    }

    @Override
    public void write(byte[] bytes) {
        refuseEnded();
        if (!begun) {
            throw new IllegalStateException("The answer has not begun; begin it first");
        }
        byte[] copy = bytes.clone();
        hosted(() -> {
            stream.write(copy);
            return true;
        });
    }

    @Override
    public List<Agent> agents() {
        refuseEnded();
        return hosted(() -> executions.agents());
    }

    @Override
    public Status start(String agent, JsonObject input, Lifetime lifetime) {
        refuseEnded();
        return hosted(() -> executions.start(agent, input, lifetime));
    }

    @Override
    public Status find(String execution) {
        refuseEnded();
        return hosted(() -> executions.find(execution));
    }

    @Override
    public Status awaitRest(String execution, Duration longest) {
        refuseEnded();
        return hosted(() -> executions.awaitRest(execution, longest));
    }

    @Override
    public List<Event> awaitEvents(String execution, long after, Duration longest) {
        refuseEnded();
        return hosted(() -> executions.awaitEvents(execution, after, longest));
    }

    @Override
    public Status cancel(String execution) {
        refuseEnded();
        return hosted(() -> executions.cancel(execution));
    }

    /** One answer, returned or streamed; nothing stays nothing, which the caller refuses. */
    @Nullable
    Optional<ProtocolResponse> checked(@Nullable Optional<ProtocolResponse> answer) {
        if (answer != null && answer.isPresent() == begun) {
            throw new AgentOsException(
                    InvocationErrorCode.INVALID_RESULT,
                    begun
                            ? "The protocol returned an answer although it had begun to stream one."
                            : "The protocol neither returned an answer nor streamed one.",
                    "Report it to the plugin's author.");
        }
        return answer;
    }

    static void require(ExtensionRegistry extensions, TenantPlugins tenants, String tenant, String protocol) {
        String plugin = extensions
                .find(Protocol.class, protocol)
                .orElseThrow(() -> unknown(protocol))
                .plugin()
                .plugin();
        tenants.requireEnabled(tenant, plugin);
    }

    static AgentOsException unknown(String protocol) {
        return new AgentOsException(
                InvocationErrorCode.UNKNOWN_PROTOCOL,
                "There is no protocol '" + protocol + "' on this server.",
                "Install or start the plugin that offers it; GET /api/v1/plugins shows what the installed ones offer.");
    }

    @Override
    public void close() {
        ended = true;
    }

    private static <T> T hosted(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual()
                .name("protocol")
                .inheritInheritableThreadLocals(false)
                .start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new AgentOsException(
                    KernelErrorCode.CANCELLED, "The call was interrupted: it is to end.", "Let it end.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void refuseEnded() {
        if (ended) {
            throw new IllegalStateException("The call has ended; what was lent for it is of no use any more");
        }
    }
}
