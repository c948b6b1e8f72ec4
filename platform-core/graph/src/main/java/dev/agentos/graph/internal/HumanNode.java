package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Asks a person: {@code {"prompt": template, "schema"?: JSON Schema of the answer, "output": channel}}. The answer is
 * written to the channel; the interrupt's id is the task's.
 */
final class HumanNode extends BuiltInNode {

    static final String TYPE = "human";

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader =
                new ObjectReader(node.config(), "/config", faults).only(Set.of("prompt", "schema", "output"));
        Expressions.Template.of(reader.requiredText("prompt"))
                .check(expressions)
                .ifPresent(problem -> faults.add(fault("/config/prompt", problem)));
        reader.object("schema").ifPresent(schema -> faults.addAll(unusable(schema, "/config/schema")));
        String output = reader.requiredText("output");
        if (!output.isEmpty() && !channels.contains(output)) {
            faults.add(fault("/config/output", "There is no channel '" + output + "'" + Names.end(output, channels)));
        }
        return faults;
    }

    @Override
    public Set<String> writes(NodeDefinition node) {
        return node.config().text("output").map(Set::of).orElse(Set.of());
    }

    @Override
    JsonObject written(NodeDefinition node, JsonValue answer) {
        return new JsonObject(Map.of(node.config().text("output").orElseThrow(), answer));
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        String interrupt = call.task().id();
        Optional<JsonValue> answer = call.answer(interrupt);
        if (answer.isPresent()) {
            return new Result.Writes(written(call.node(), answer.get()));
        }
        Map<String, JsonValue> payload = new LinkedHashMap<>();
        Expressions.Template prompt =
                Expressions.Template.of(config.text("prompt").orElseThrow());
        payload.put("prompt", new JsonString(prompt.fill(call.expressions(), call.state())));
        config.object("schema").ifPresent(schema -> payload.put("schema", schema));
        return new Result.Interrupted(
                List.of(new Interrupt(interrupt, call.node().id(), new JsonObject(payload))));
    }
}
