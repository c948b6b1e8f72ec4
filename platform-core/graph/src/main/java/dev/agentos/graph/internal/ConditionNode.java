package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Chooses one way: {@code {"cases": [{"when": CEL, "goto": node}], "default": node}}. The first case that holds is
 * taken alone; without one the default. The cases are edges in every respect, evaluated when the superstep has ended,
 * so that conditional edges that leave the node may be drawn instead of cases, or beside them.
 */
final class ConditionNode extends BuiltInNode {

    static final String TYPE = "condition";

    /** The cases that are written soundly. */
    static List<Routes.Case> cases(JsonObject config) {
        List<Routes.Case> cases = new ArrayList<>();
        for (JsonValue one : config.array("cases").orElse(JsonArray.EMPTY)) {
            if (one instanceof JsonObject object
                    && object.members().get("when") instanceof JsonString(String when)
                    && object.members().get("goto") instanceof JsonString(String target)) {
                cases.add(new Routes.Case(when, target));
            }
        }
        return cases;
    }

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader = new ObjectReader(node.config(), "/config", faults).only(Set.of("cases", "default"));
        reader.text("default");
        JsonArray cases = reader.array("cases").orElse(JsonArray.EMPTY);
        for (int i = 0; i < cases.size(); i++) {
            String pointer = "/config/cases/" + i;
            if (!(cases.items().get(i) instanceof JsonObject one)) {
                faults.add(fault(pointer, "A case is an object with 'when' and 'goto'."));
                continue;
            }
            ObjectReader item = new ObjectReader(one, pointer, faults).only(Set.of("when", "goto"));
            item.requiredText("goto");
            String when = item.requiredText("when");
            if (!when.isEmpty()) {
                expressions.checkCondition(when).ifPresent(problem -> faults.add(fault(pointer + "/when", problem)));
            }
        }
        return faults;
    }

    @Override
    public Result run(NodeCall call) {
        return new Result.Writes(JsonObject.EMPTY);
    }
}
