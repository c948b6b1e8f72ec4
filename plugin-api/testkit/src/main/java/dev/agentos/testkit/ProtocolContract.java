package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.Protocol;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.TenantExecutions;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every protocol keeps: above all, that it answers in its own format whatever it is asked. */
public abstract class ProtocolContract {

    /** The protocol under test, started if it needs that. */
    protected abstract Protocol protocol();

    /** A request that the protocol can answer with what {@link #executions} offers. */
    protected abstract ProtocolRequest goodRequest();

    /** The agents and executions that go with the request; fresh ones each time. */
    protected TenantExecutions executions() {
        return FakeTenantExecutions.create();
    }

    /** The call that goes with the request; a fresh one each time, outside an execution. */
    protected FakeCallContext callContext() {
        return FakeCallContext.create().outsideExecution();
    }

    @Test
    void describesItselfToAnAdministrator() {
        assertThat(protocol().protocol()).matches("[a-z][a-z0-9-]{0,62}");
        assertThat(protocol().description()).isNotBlank();
    }

    @Test
    void answersAGoodRequest() {
        assertThat(status(goodRequest(), executions())).isBetween(200, 299);
    }

    @Test
    void answersAnUnknownPathItself() {
        ProtocolRequest unknown = ProtocolRequest.of("GET", "/no/such/path/anywhere");
        assertThat(status(unknown, executions())).isBetween(400, 499);
    }

    @Test
    void answersANonsensicalBodyItself() {
        ProtocolRequest good = goodRequest();
        if (good.body().length > 0) {
            ProtocolRequest nonsense = new ProtocolRequest(
                    good.method(),
                    good.segments(),
                    good.query(),
                    good.headers(),
                    "\0{nonsense".getBytes(StandardCharsets.UTF_8));
            assertThat(status(nonsense, executions())).isBetween(400, 499);
        }
    }

    @Test
    void answersItselfWhatTheServerRefuses() {
        assertThat(status(goodRequest(), FakeTenantExecutions.refusing()))
                .as("an answer, or an error of the protocol's own")
                .isBetween(200, 599);
    }

    @Test
    void answersSeveralThreadsAtOnce() throws Exception {
        assertThat(Concurrently.call(() -> status(goodRequest(), executions())))
                .allSatisfy(status -> assertThat(status).isBetween(200, 299));
    }

    private int status(ProtocolRequest request, TenantExecutions executions) {
        RecordedStream stream = RecordedStream.create();
        Optional<ProtocolResponse> answer = protocol().answer(request, stream, executions, callContext());
        assertThat(answer.isPresent())
                .as("one answer: returned, or else written to the stream")
                .isNotEqualTo(stream.head().isPresent());
        return answer.or(stream::head).orElseThrow().status();
    }
}
