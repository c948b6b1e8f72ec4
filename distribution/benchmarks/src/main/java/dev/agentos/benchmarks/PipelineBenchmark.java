package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.BareEndpoint;
import dev.agentos.benchmarks.internal.MeasuredProcess;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Wrk;
import dev.agentos.benchmarks.internal.Wrk.Sample;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a request passes before and behind its handler: who asks, for which tenant, how often, whether it was asked
 * before, by which rules, and the record of it. The limit is {@link BareEndpoint}, in the same run.
 */
final class PipelineBenchmark {

    private static final String NAME = "pipeline";
    private static final String MILLIS = "ms";
    private static final String API = "/api/v1";
    private static final int CLIENTS = 64;
    private static final int CROWD = 1_000;
    private static final int OTHERS = 4;
    private static final int FLOOD = 256;

    private static final Duration THOUGHT = Duration.ofSeconds(1);
    private static final double MICROS = 1_000;
    private static final Target SHARE = Target.share(0.4);
    private static final Target ADDED = Target.atMost(300);
    private static final Target CROWDED = Target.atMost(100);
    private static final Target MOVED = new Target(true, false, 2);

    private final JavaProgram program;
    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;
    private final Wrk wrk;
    private final HttpClient http = HttpClient.newHttpClient();

    PipelineBenchmark(JavaProgram program, Scale scale, Path work, Consumer<Result> out) {
        this.program = program;
        this.scale = scale;
        this.work = work;
        this.out = out;
        this.wrk = new Wrk(work);
    }

    void run() throws IOException {
        if (!Wrk.present()) {
            throw new IllegalStateException("This needs the program wrk; on Debian and Ubuntu: apt install wrk");
        }
        var data = work.resolve("server");
        try (var server = MeasuredProcess.start(program.server(data), work.resolve("server.log"), http)) {
            var admin = Files.readString(data.resolve("admin.key")).strip();
            var target = new HttpTarget(server.address(), admin);
            target.save(Workload.lineOfTransforms());
            target.record(target.start("bench-line", Workload.input(Workload.STATE_BYTES)));
            var one = tenantKey(server.address(), admin, "default");
            var other = tenantKey(server.address(), admin, "other");
            var execution = first(get(server.address(), one, "/executions?limit=1"));
            var answer = Files.writeString(
                    work.resolve("answer"), Json.write(get(server.address(), one, "/executions/" + execution)));
            var bound = program.command(
                    BareEndpoint.class.getName(), work.resolve("bare").toString(), answer.toString());
            try (var bare = MeasuredProcess.start(bound, work.resolve("bare.log"), http)) {
                var read = request(server.address(), "GET", "/executions/" + execution, one, "", false);
                var bareRead = bare(bare.address(), "GET", "");
                reads(read, bareRead);
                writes(server.address(), bare.address(), one);
                crowd("crowd-p95", read, bareRead);
                crowd("users-p95", read.pausing(THOUGHT), bareRead.pausing(THOUGHT));
            }
            var flooding = request(server.address(), "GET", "/executions/" + execution, one, "", false);
            var others = request(server.address(), "GET", "/executions?limit=1", other, "", false);
            flood("flood-p95", flooding, others);
            var limit = JsonObject.of("requests", 1_000, "window", "PT1S");
            send(server.address(), admin, "default", "PUT", "/rate-limits/tenant", limit);
            flood("flood-limited-p95", flooding, others);
        }
    }

    private void reads(Wrk.Target read, Wrk.Target bareRead) {
        wrk.load(read, CLIENTS, scale.warmUp());
        wrk.load(bareRead, CLIENTS, scale.warmUp());
        var both = contest(List.of(read, bareRead), CLIENTS);
        out.accept(Result.of(NAME, "read-" + CLIENTS, "reads/s", both.getFirst().perSecond())
                .against(both.getLast().perSecond())
                .reaching(SHARE)
                .noting(refusals(both)));
        added("read", contest(List.of(read, bareRead), 1));
    }

    /** A request that changes nothing, with a key of its own and a record: all that there is on the way. */
    private void writes(URI server, URI bare, String key) {
        var body = Json.write(JsonObject.of("graph", "bench-line", "input", JsonObject.EMPTY, "dryRun", true));
        var plain = request(server, "POST", "/executions", key, body, false);
        var keyed = request(server, "POST", "/executions", key, body, true);
        var least = bare(bare, "POST", body);
        wrk.load(keyed, CLIENTS, scale.warmUp());
        var all = contest(List.of(plain, keyed, least), 1);
        added("write", List.of(all.getFirst(), all.getLast()));
        added("write-keyed", List.of(all.get(1), all.getLast()));
    }

    private void added(String name, List<Sample> both) {
        var ours = both.getFirst().p50() * MICROS;
        var least = both.getLast().p50() * MICROS;
        out.accept(Result.of(NAME, name + "-p50", "µs", ours).against(least).noting(refusals(both)));
        out.accept(Result.of(NAME, name + "-p50-added", "µs", ours - least).reaching(ADDED));
    }

    private void crowd(String name, Wrk.Target read, Wrk.Target bareRead) {
        var both = contest(List.of(read, bareRead), CROWD);
        out.accept(Result.of(NAME, name, MILLIS, both.getFirst().p95())
                .against(both.getLast().p95())
                .reaching(CROWDED)
                .noting((CROWD + " connections " + refusals(both)).strip()));
    }

    /** One tenant's reads alone, and beside another's that come as fast as they are answered. */
    private void flood(String name, Wrk.Target flooding, Wrk.Target others) {
        var alone = new ArrayList<Sample>();
        var beside = new ArrayList<Sample>();
        for (var i = 0; i < scale.pace().windows(); i++) {
            alone.add(wrk.load(others, OTHERS, length()));
            var flood = CompletableFuture.supplyAsync(() -> wrk.load(flooding, FLOOD, length().plusSeconds(2)));
            beside.add(wrk.load(others, OTHERS, length()));
            flood.join();
        }
        var moved = Sample.median(beside);
        out.accept(Result.of(NAME, name, MILLIS, moved.p95())
                .against(Sample.median(alone).p95())
                .reaching(MOVED)
                .noting(OTHERS + " connections beside " + FLOOD + " of another tenant"));
    }

    private List<Sample> contest(List<Wrk.Target> targets, int connections) {
        var samples = new ArrayList<List<Sample>>();
        targets.forEach(target -> samples.add(new ArrayList<>()));
        for (var round = 0; round < scale.pace().windows(); round++) {
            for (var i = 0; i < targets.size(); i++) {
                var target = targets.get(i);
                // Whoever pauses has asked twice at least.
                var length = length().plus(target.pause().multipliedBy(2));
                samples.get(i).add(wrk.load(target, connections, length));
            }
        }
        return samples.stream().map(Sample::median).toList();
    }

    private Duration length() {
        return scale.pace().window();
    }

    private static String refusals(List<Sample> samples) {
        var refused = samples.getFirst().refused();
        var broken = samples.getFirst().broken();
        return refused + broken == 0 ? "" : String.format("%.0f refused, %.0f broken", refused, broken);
    }

    private static Wrk.Target request(URI server, String method, String path, String key, String body, boolean keyed) {
        return new Wrk.Target(
                server.resolve(API + path),
                method,
                Map.of("Authorization", "Bearer " + key),
                body,
                keyed,
                Duration.ZERO);
    }

    private static Wrk.Target bare(URI server, String method, String body) {
        return new Wrk.Target(server.resolve("/things/one"), method, Map.of(), body, false, Duration.ZERO);
    }

    private String tenantKey(URI server, String admin, String tenant) {
        if (!tenant.equals("default")) {
            send(server, admin, tenant, "POST", "/tenants", JsonObject.of("name", tenant));
        }
        var wanted = JsonObject.of("name", "bench", "scopes", List.of("executions:read", "executions:write"));
        return send(server, admin, tenant, "POST", "/api-keys", wanted)
                .text("secret")
                .orElseThrow();
    }

    private static String first(JsonObject page) {
        return page.array("items")
                .map(items -> (JsonObject) items.items().getFirst())
                .flatMap(item -> item.text("id"))
                .orElseThrow();
    }

    private JsonObject get(URI server, String key, String path) {
        return exchange(HttpRequest.newBuilder(server.resolve(API + path)).header("Authorization", "Bearer " + key));
    }

    private JsonObject send(URI server, String key, String tenant, String method, String path, JsonObject body) {
        var request = HttpRequest.newBuilder(server.resolve(API + path))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(Json.write(body)));
        return exchange(path.equals("/tenants") ? request : request.header("AgentOS-Tenant", tenant));
    }

    private JsonObject exchange(HttpRequest.Builder request) {
        try {
            var answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IllegalStateException("The server refused: " + answer.body());
            }
            return Json.parseObject(answer.body());
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }
}
