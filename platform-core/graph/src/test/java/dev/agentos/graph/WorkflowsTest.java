package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WorkflowsTest {

    private static JsonObject workflow(String steps) {
        return Json.parseObject(("{'name':'report','steps':[" + steps + "]}").replace('\'', '"'));
    }

    private static List<Fault> faults(String steps) {
        return catchThrowableOfType(InvalidInputException.class, () -> Workflows.graph(workflow(steps)))
                .faults();
    }

    @Test
    void makesEachStepANodeThatWaitsForItsDependencies() {
        GraphDefinition graph = Workflows.graph(workflow("{'id':'write','tool':'w','input':{'a':'north','b':'south'},"
                + "'dependsOn':['north','south']},{'id':'north','tool':'n','input':{'q':'input'}},"
                + "{'id':'south','tool':'s'}"));
        FakeHandler tool = new FakeHandler(call -> JsonObject.EMPTY);
        CompiledGraph compiled =
                GraphCompiler.compile(graph, type -> type.equals("tool") ? Optional.of(tool) : Optional.empty());
        assertThat(compiled.joined("write")).containsExactly("north", "south");
        assertThat(compiled.node("write").orElseThrow().config())
                .isEqualTo(Json.parseObject(
                        "{\"tool\":\"w\",\"arguments\":{\"a\":\"north\",\"b\":\"south\"},\"output\":\"write\"}"));
        Checkpoint first = Planner.first(compiled, JsonObject.of("input", 1), Pauses.NONE);
        assertThat(first.next()).extracting(NodeTask::node).containsExactly("north", "south");
        assertThat(GraphCodec.read(GraphCodec.write(graph))).isEqualTo(graph);
    }

    @Test
    void namesUnknownDependenciesCirclesAndStepsWithoutWork() {
        assertThat(faults("{'id':'a','tool':'t','dependsOn':['nroth']},{'id':'north','tool':'t'}"))
                .singleElement()
                .satisfies(fault -> assertThat(fault.pointer()).isEqualTo("/steps/0/dependsOn/0"))
                .satisfies(fault -> assertThat(fault.message()).contains("'nroth'", "did you mean 'north'"));
        assertThat(faults("{'id':'x','tool':'t'},{'id':'a','tool':'t','dependsOn':['b','x']},"
                        + "{'id':'b','tool':'t','dependsOn':['a']}"))
                .extracting(Fault::pointer)
                .containsExactly("/steps/1/dependsOn", "/steps/2/dependsOn");
        assertThat(faults("{'id':'a'},{'id':'b','tool':'t','agent':'u'},{'id':'c','tool':'t'},{'id':'c','tool':'t'}"))
                .extracting(Fault::pointer)
                .containsExactly("/steps/0", "/steps/1", "/steps/3/id");
    }

    @Test
    void findingsPointIntoTheWorkflow() {
        FakeHandler tool = new FakeHandler(call -> JsonObject.EMPTY)
                .refusing(new Fault("/config/arguments/q", "x:Y", "no CEL"))
                .refusing(new Fault("/config/tool", "x:Y", "no tool"));
        Graphs graphs = new Graphs(
                new FakeGraphStore(),
                type -> type.equals("tool") ? Optional.of(tool) : Optional.empty(),
                Ids.system(),
                InstantSource.system());
        JsonObject document = workflow(
                "{'id':'north','tool':'t','input':{'q':'+'}}," + "{'id':'in','graph':'nowhere','dependsOn':['north']}");
        TenantId tenant = new TenantId("tnt_a");
        List<String> expected = List.of("/steps/1/id", "/steps/0/input/q", "/steps/0/tool", "/steps/1/graph");
        assertThat(catchThrowableOfType(InvalidInputException.class, () -> graphs.check(tenant, document))
                        .faults())
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(catchThrowableOfType(InvalidInputException.class, () -> graphs.save(tenant, document))
                        .faults())
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrderElementsOf(expected);
    }
}
