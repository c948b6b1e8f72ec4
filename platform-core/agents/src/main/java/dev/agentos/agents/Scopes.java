package dev.agentos.agents;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.graph.NodeCall;
import dev.agentos.invocation.CallScope;
import dev.agentos.spi.JsonObject;
import java.util.Optional;

/** The bounds of a node task as those of the calls that it makes. */
final class Scopes {

    private Scopes() {}

    static CallScope of(NodeCall call) {
        String execution = call.execution().value();
        return new CallScope(
                new CallScope.Subject(
                        call.tenant().value(), Optional.of(execution), call.agent(), call.graph(), call.startedBy()),
                call.deadline(),
                call::cancelled,
                execution + "/" + call.task().id(),
                call.configuration(),
                (name, data) -> call.emit(ExecutionEvent.CUSTOM, JsonObject.of("name", name, "data", data)));
    }
}
