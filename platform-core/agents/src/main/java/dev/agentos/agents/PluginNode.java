package dev.agentos.agents;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.Onward;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.policy.Approval;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A node type that a plugin adds. */
final class PluginNode implements NodeHandler {

    private final Invocation invocation;
    private final String type;

    PluginNode(Invocation invocation, String type) {
        this.invocation = invocation;
        this.type = type;
    }

    @Override
    public Effect effect(NodeDefinition node) {
        return invocation.nodeType(type).effect();
    }

    @Override
    public JsonObject settings() {
        return invocation.nodeType(type).configurationSchema();
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        return Schemas.check(invocation.nodeType(type).configurationSchema(), node.config(), "/config");
    }

    @Override
    public Result run(NodeCall call) {
        List<Approval> awaited = new CopyOnWriteArrayList<>();
        String asked = call.task().id() + ":";
        JsonObject answers = new JsonObject(call.answers(asked));
        NodeInput input = new NodeInput(call.node().id(), call.node().config(), call.state(), answers);
        NodeOutput output;
        try {
            output = invocation.runNode(waiting(Scopes.of(call), effect(call.node()), awaited), type, input);
        } catch (AgentOsException e) {
            if (awaited.isEmpty()) {
                throw e;
            }
            return interrupted(call, awaited);
        }
        if (!awaited.isEmpty()) {
            return interrupted(call, awaited);
        }
        if (!output.questions().isEmpty()) {
            return new Result.Interrupted(output.questions().stream()
                    .map(one -> new Interrupt(asked + one.id(), call.node().id(), payload(one)))
                    .toList());
        }
        return new Result.Writes(
                output.writes(),
                output.next().isEmpty() ? Optional.empty() : Optional.of(new Onward.Goto(output.next())));
    }

    /** What a node has made of a call that was not made, is not kept: it runs again when people have decided. */
    private static Result interrupted(NodeCall call, List<Approval> awaited) {
        return new Result.Interrupted(awaited.stream()
                .map(approval -> ApprovalQuestion.of(call, approval))
                .toList());
    }

    /** A node that may be repeated waits for people by being run again; what it had done before is then done again. */
    private static CallScope waiting(CallScope scope, Effect effect, List<Approval> awaited) {
        if (effect == Effect.NON_IDEMPOTENT) {
            return scope;
        }
        CallScope.Events told = scope.events();
        return scope.with(new CallScope.Events() {
            @Override
            public void emit(String name, JsonObject data) {
                told.emit(name, data);
            }

            @Override
            public Optional<Approval> await(Supplier<Approval> asking) {
                Approval approval = asking.get();
                if (approval.state() == Approval.State.PENDING) {
                    awaited.add(approval);
                }
                return Optional.of(approval);
            }
        });
    }

    private static JsonObject payload(NodeOutput.Question question) {
        JsonObject payload = JsonObject.of("prompt", question.prompt());
        return question.schema().map(schema -> payload.with("schema", schema)).orElse(payload);
    }
}
