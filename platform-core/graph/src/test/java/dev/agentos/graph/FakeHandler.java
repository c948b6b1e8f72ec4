package dev.agentos.graph;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.List;

/** A node type whose work is a function. */
public class FakeHandler implements NodeHandler {

    private final Work work;
    private final List<Fault> faults = new ArrayList<>();
    private Effect effect = Effect.PURE;

    /** What a task does: its writes. */
    @FunctionalInterface
    public interface Work {
        JsonObject run(NodeCall call) throws Exception;
    }

    /** A type that does that. */
    public FakeHandler(Work work) {
        this.work = work;
    }

    /** Says that the work has that effect. */
    public FakeHandler with(Effect changed) {
        effect = changed;
        return this;
    }

    /** Finds that fault in every node. */
    public FakeHandler refusing(Fault fault) {
        faults.add(fault);
        return this;
    }

    @Override
    public Effect effect(NodeDefinition node) {
        return effect;
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        return faults;
    }

    @Override
    public Result run(NodeCall call) throws Exception {
        return new Result.Writes(work.run(call));
    }
}
