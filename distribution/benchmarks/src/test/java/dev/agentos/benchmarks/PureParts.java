package dev.agentos.benchmarks;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.io.ByteArrayInputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The pure parts of the runtime, each by itself, for JMH: the graph is the line of W1. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PureParts {

    private static final Map<String, NodeHandler> TYPES = StubNode.all();
    private static final NodeHandlers HANDLERS = type -> Optional.ofNullable(TYPES.get(type));

    private final GraphDefinition definition = Workload.line();
    private final JsonObject document = GraphCodec.write(definition);
    private final JsonObject message = JsonObject.of("messages", StubNode.message(0));
    private final PureLine line = new PureLine(definition, HANDLERS);
    private JsonObject input = JsonObject.EMPTY;
    private Checkpoint first = line.begin(input);
    private byte[] text = new byte[0];

    /** The size of the state, in bytes. */
    @Param({"2048", "131072"})
    private int bytes;

    /** Makes the state. */
    @Setup
    public void prepare() {
        input = Workload.input(bytes);
        first = line.begin(input);
        text = Json.writeBytes(first.values());
    }

    /** Compiles the graph. */
    @Benchmark
    public CompiledGraph compile() {
        return GraphCompiler.compile(definition, HANDLERS);
    }

    /** Plans the first superstep of an execution. */
    @Benchmark
    public Checkpoint plan() {
        return line.begin(input);
    }

    /** Checks and merges what one node wrote, and plans the next superstep. */
    @Benchmark
    public Checkpoint apply() {
        return line.advance(first, message, new Channels.Memory());
    }

    /** Executes all ten nodes. */
    @Benchmark
    public JsonObject execute() throws Exception {
        return line.execute(input);
    }

    /** Reads the graph from its interchange form. */
    @Benchmark
    public GraphDefinition readGraph() {
        return GraphCodec.read(document);
    }

    /** Writes the state as JSON. */
    @Benchmark
    public byte[] writeState() {
        return Json.writeBytes(first.values());
    }

    /** Reads the state from JSON. */
    @Benchmark
    public JsonObject readState() {
        return Json.parseObject(new ByteArrayInputStream(text));
    }
}
