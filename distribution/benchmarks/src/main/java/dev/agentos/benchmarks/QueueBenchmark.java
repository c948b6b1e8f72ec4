package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.MeasuredProcess;
import dev.agentos.benchmarks.internal.ProcessTimes;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.Ids;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.DatabaseConfig;
import dev.agentos.persistence.Hints.Hint;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Tenants;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How soon a server begins what another one has queued, and what it takes while there is nothing to do. The other one
 * is this process, which admits and carries nothing on.
 */
final class QueueBenchmark {

    private static final String NAME = "queue";
    private static final int EXECUTIONS_A_WINDOW = 20;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double PERCENT = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Target AT_ONCE = Target.atMost(50);
    private static final Target IDLE = Target.atMost(2);

    private final JavaProgram program;
    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;

    QueueBenchmark(JavaProgram program, Scale scale, Path work, Consumer<Result> out) {
        this.program = program;
        this.scale = scale;
        this.work = work;
        this.out = out;
    }

    void run() throws IOException {
        var data = work.resolve("queue");
        try (var http = HttpClient.newHttpClient();
                var server = MeasuredProcess.start(program.server(data), work.resolve("queue.log"), http)) {
            var key = Files.readString(data.resolve("admin.key")).strip();
            new HttpTarget(server.address(), key).save(Workload.lineOfTransforms());
            var postgres = EmbeddedPostgres.running(data).orElseThrow();
            var ids = Ids.system();
            var config = new DatabaseConfig.External(postgres.url(), postgres.user(), postgres.password());
            try (var database = Database.open(config, ids)) {
                starts(database, ids);
            }
            idle(server.pid());
        }
    }

    private void starts(Database database, Ids ids) {
        var clock = InstantSource.system();
        var tenant = new Tenants(database.tenantStore(), ids, clock)
                .require("default")
                .id();
        NodeHandlers handlers = type -> Optional.of(new StubNode(Effect.PURE, false, call -> JsonObject.EMPTY));
        var graphs = new Graphs(database.graphStore(), handlers, ids, clock);
        var executions = new Executions(database.executionStore(), database.graphStore(), handlers, ids, clock);
        database.hints().subscribe(hint -> {
            if (hint instanceof Hint.Changed(var whose, var id)) {
                executions.hint(whose, id);
            }
        });
        var graph = graphs.reference(tenant, "bench-line", Optional.empty());
        var request = Durability.BARRIER.request(graph, Workload.input(Workload.STATE_BYTES));
        var millis = new double[EXECUTIONS_A_WINDOW * scale.pace().windows()];
        // The first ones, that warm up, do not count.
        for (var i = -EXECUTIONS_A_WINDOW; i < millis.length; i++) {
            var started = executions.start(tenant, request);
            if (started.state() != ExecutionState.QUEUED) {
                throw new IllegalStateException("The execution is not in the queue but " + started.state());
            }
            var ended = executions.awaitRest(tenant, started.id(), PATIENCE).join();
            if (i >= 0) {
                millis[i] = waited(ended);
            }
        }
        Arrays.sort(millis);
        out.accept(Result.of(NAME, "start-p50", "ms", millis[millis.length / 2])
                .reaching(AT_ONCE)
                .noting(millis.length + " executions, one after the other"));
        out.accept(Result.of(NAME, "start-p95", "ms", millis[millis.length * 95 / 100])
                .reaching(AT_ONCE));
    }

    /** From before the transaction that admitted it until a server had it. */
    private static double waited(Execution execution) {
        var times = execution.times();
        var started = times.startedAt()
                .orElseThrow(() -> new IllegalStateException("Nobody has begun it: " + execution.state()));
        return Duration.between(times.createdAt(), started).toNanos() / NANOS_PER_MILLI;
    }

    private void idle(long server) {
        var length = scale.pace().window().multipliedBy(scale.pace().windows());
        pause(length);
        var before = Taken.by(server);
        pause(length);
        var after = Taken.by(server);
        var part = PERCENT / length.toMillis() * 1_000;
        out.accept(Result.of(NAME, "idle-cpu", "%", (after.server - before.server) * part)
                .reaching(IDLE)
                .noting("of one processor, over " + length.toSeconds() + " s"));
        out.accept(Result.of(NAME, "idle-cpu-postgres", "%", (after.postgres - before.postgres) * part));
    }

    /** Seconds that a server has used, and its PostgreSQL. */
    private record Taken(double server, double postgres) {
        static Taken by(long server) {
            var postgres = ProcessHandle.of(server).orElseThrow().children().mapToLong(ProcessHandle::pid);
            return new Taken(
                    ProcessTimes.of(server),
                    postgres.mapToDouble(ProcessTimes::ofFamily).sum());
        }
    }

    private static void pause(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
