package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import dev.agentos.spi.TenantExecutions;
import dev.agentos.spi.TenantExecutions.Lifetime;
import dev.agentos.spi.TenantExecutions.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProtocolContractTest extends ProtocolContract {

    private static final TenantExecutions.Agent ECHO =
            new TenantExecutions.Agent("pack/echo", "Echoes.", JsonObject.of("type", "object"), Optional.empty());

    @Override
    protected Protocol protocol() {
        return new Sample(true);
    }

    @Override
    protected ProtocolRequest goodRequest() {
        return ProtocolRequest.post("/echo", JsonObject.of("text", "hello"));
    }

    @Override
    protected TenantExecutions executions() {
        return FakeTenantExecutions.create().offering(ECHO, List.of("he", "llo"), input -> input);
    }

    /** The same for a protocol that leaves errors to the server. */
    private static final class Careless extends ProtocolContract {
        @Override
        protected Protocol protocol() {
            return new Sample(false);
        }

        @Override
        protected ProtocolRequest goodRequest() {
            return new ProtocolContractTest().goodRequest();
        }

        @Override
        protected TenantExecutions executions() {
            return new ProtocolContractTest().executions();
        }
    }

    @Test
    void findsAProtocolThatLeavesErrorsToTheServer() {
        ProtocolContract careless = new Careless();
        careless.answersAGoodRequest();
        assertThatThrownBy(careless::answersItselfWhatTheServerRefuses).isInstanceOf(AgentOsException.class);
        assertThatThrownBy(careless::answersANonsensicalBodyItself).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anExecutionOfATestEndsAndTellsWhatHappened() {
        TenantExecutions executions = executions();
        TenantExecutions.Status started = executions.start("pack/echo", JsonObject.of("a", 1), Lifetime.INDEPENDENT);
        assertThat(started.state()).isEqualTo(State.QUEUED);
        assertThat(executions.awaitRest(started.id(), Duration.ZERO).output()).contains(JsonObject.of("a", 1));
        assertThat(executions.awaitEvents(started.id(), 1, Duration.ZERO))
                .extracting(TenantExecutions.Event::type)
                .containsExactly("message", "execution.succeeded");
        assertThatThrownBy(() -> executions.find("exe_none")).hasMessageContaining("There is no execution");
        assertThatThrownBy(() -> executions.start("pack/none", JsonObject.EMPTY, Lifetime.INDEPENDENT))
                .hasMessageContaining("There is no agent");
    }

    @Test
    void aStreamLosesItsClientWhenItIsToldTo() {
        RecordedStream stream = RecordedStream.lostBehind(1);
        assertThatThrownBy(() -> stream.write(new byte[1])).isInstanceOf(IllegalStateException.class);
        stream.begin(200, Map.of());
        stream.write("one".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThatThrownBy(() -> stream.write(new byte[1])).isInstanceOf(AgentOsException.class);
        assertThat(stream.writes()).containsExactly("one");
    }

    /** Echoes through an agent. */
    private record Sample(boolean careful) implements Protocol {
        @Override
        public String protocol() {
            return "sample";
        }

        @Override
        public String description() {
            return "Echoes.";
        }

        @Override
        public Optional<ProtocolResponse> answer(
                ProtocolRequest request, ResponseStream stream, TenantExecutions executions, CallContext call) {
            if (!request.path().equals("/echo")) {
                return Optional.of(ProtocolResponse.ofJson(404, JsonObject.EMPTY));
            }
            try {
                String id = executions
                        .start("pack/echo", (JsonObject) request.json(), Lifetime.OF_THE_CALL)
                        .id();
                return Optional.of(ProtocolResponse.ofJson(
                        200,
                        executions.awaitRest(id, Duration.ofSeconds(1)).output().orElseThrow()));
            } catch (IllegalArgumentException | AgentOsException e) {
                if (!careful) {
                    throw e;
                }
                return Optional.of(
                        ProtocolResponse.ofJson(400, JsonObject.of("error", String.valueOf(e.getMessage()))));
            }
        }
    }
}
