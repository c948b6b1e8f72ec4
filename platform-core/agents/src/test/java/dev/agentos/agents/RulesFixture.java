package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.Executions;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.CallMeter;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.PolicyGate;
import dev.agentos.invocation.RuleLimits;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.invocation.checks.EditedArguments;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.limits.Limits;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryKillSwitchStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.redaction.Redactions;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real engine with rules, approvals and switches in memory, and a real plugin with tools. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
abstract class RulesFixture {

    static final String STARTER = "key_starter";
    static final Principal APPROVER = person("key_approver");

    final Ids ids = Ids.system();
    final FakeGraphStore graphs = new FakeGraphStore();
    final List<CallMeter.Call> calls = new CopyOnWriteArrayList<>();
    final MovedClock clock = new MovedClock();
    final Policies policies = new Policies(new MemoryPolicyStore(), clock);
    final Limits limits = Limits.inMemory();
    final RuleLimits ruleLimits = new RuleLimits(limits.rates());
    final KillSwitches switches = new KillSwitches(new MemoryKillSwitchStore(), ids, clock);
    final Approvals approvals = new Approvals(new MemoryApprovalStore(), ids, clock);

    PluginHost plugins;
    Invocation invocation;
    Executions executions;
    ExecutionEngine engine;

    /** The time, which a test can move on. */
    static final class MovedClock implements InstantSource {
        volatile Duration moved = Duration.ZERO;

        @Override
        public Instant instant() {
            return Instant.now().plus(moved);
        }
    }

    static Principal person(String id) {
        return new Principal(id, id, Optional.empty(), Set.of());
    }

    @BeforeAll
    void open(@TempDir Path folder) {
        Path data = folder.resolve("data");
        plugins = new PluginHost(data);
        plugins.done(plugins.service.install(PluginHost.upload(CodeTools.jar().writeTo(folder))));
        invocation = new Invocation(
                plugins.service.extensions(),
                new HostCapabilities(
                        new FakePluginStateStore(),
                        TenantPlugins.inMemory(plugins.service),
                        data.resolve("workspace"),
                        InstantSource.system()),
                List.of(),
                new PolicyGate(
                        policies, approvals, Redactions.inMemory(), GateRecordStore.inMemory(), ruleLimits, clock),
                limits.budgets(),
                calls::add,
                Invocation.REDUCER_LIMIT,
                switches);
        AgentNodes nodes =
                new AgentNodes(invocation, plugins.service.extensions(), new ScriptEngine(2, 64L * 1024 * 1024));
        MemoryExecutionStore store = new MemoryExecutionStore();
        approvals.knowEditorsBy(new Editors(store));
        executions = new Executions(
                store,
                graphs,
                nodes,
                AgentCatalog.NONE,
                ids,
                InstantSource.system(),
                Executions.AnswerCheck.NONE,
                switches);
        approvals.checkEditsBy(new EditedArguments(plugins.service.extensions()));
        approvals.onDecision(new DecidedExecutions(executions));
        executions.admitBy(new ExecutionRules(policies, ruleLimits));
        engine = new ExecutionEngine(
                EngineConfig.of("node"), executions, InstantSource.system(), new Random(), Failpoints.NONE);
        engine.start();
    }

    @AfterAll
    void close() {
        engine.close();
        invocation.close();
        plugins.close();
    }

    /** A tenant of its own for each test, with that rule about the tool {@code bench.echo}. */
    TenantId tenant(String effect, String rest) {
        TenantId tenant = new TenantId(ids.next("tnt"));
        policies.put(
                Optional.of(tenant),
                "rules",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "echo", "point": "tool", "scope": {"tool": "bench.echo"}, "effect": "%s",
                                "reason": "Echoes are loud."%s}]}\
                    """.formatted(effect, rest))),
                0,
                new Policies.Author("key_admin", Optional.empty()),
                false);
        return tenant;
    }

    static final String ASK = "REQUIRE_APPROVAL";

    Execution start(TenantId tenant, String node, String input) {
        JsonObject definition = Json.parseObject("""
            {"metadata": {"name": "g"}, "channels": {"out": {"type": "any", "reducer": "last"},
              "n": {"type": "integer", "reducer": "last"}, "messages": {"type": "array", "reducer": "messages"}},
             "nodes": [%s], "edges": [{"source": "START", "target": "work"}, {"source": "work", "target": "END"}]}\
            """.formatted(node));
        return start(tenant, definition, Json.parseObject(input), ExecutionRequest.Durability.SYNC);
    }

    Execution start(TenantId tenant, JsonObject definition, JsonObject input, ExecutionRequest.Durability durability) {
        StoredGraph stored = graphs.save(
                tenant,
                new StoredGraph(
                        new GraphReference(ids.next("gra"), 1),
                        definition.object("metadata").orElseThrow().text("name").orElseThrow(),
                        "api",
                        GraphCodec.digest(definition),
                        definition,
                        Instant.now()));
        return executions.start(
                tenant,
                new ExecutionRequest(
                                Optional.empty(),
                                stored.reference(),
                                input,
                                JsonObject.EMPTY,
                                0,
                                Optional.empty(),
                                durability)
                        .by(STARTER));
    }

    Execution echo(TenantId tenant) {
        return rest(start(tenant, """
            {"id": "work", "type": "tool", "config": {"tool": "bench.echo", "arguments": {"n": "n"}, "output": "out"}}\
            """, "{\"n\":" + " 7}"));
    }

    Execution rest(Execution execution) {
        return executions
                .awaitRest(execution.tenant(), execution.id(), Duration.ofSeconds(30))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }

    /** Waits as a server does: who was on the way to a wait when somebody decided is told by the next sweep. */
    Execution ended(Execution execution) {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            approvals.sweep();
            return executions
                    .require(execution.tenant(), execution.id())
                    .state()
                    .terminal();
        });
        return executions.require(execution.tenant(), execution.id());
    }

    /** With which arguments the echo of an execution was called in the end. */
    Optional<JsonObject> echoed(Execution execution) {
        return ended(execution)
                .output()
                .orElseThrow()
                .object("out")
                .orElseThrow()
                .object("arguments");
    }

    Approval open(TenantId tenant) {
        return approvals
                .list(
                        Optional.of(tenant),
                        false,
                        Optional.of(Approval.State.PENDING),
                        new PageRequest(10, Optional.empty()))
                .items()
                .getFirst();
    }

    static Approvals.Ballot ballot(Principal who, Approval seen) {
        return new Approvals.Ballot(who, seen.standing().nonce(), Optional.of("as I said"));
    }

    long echoes(TenantId tenant) {
        return calls.stream()
                .filter(call ->
                        call.tenant().equals(tenant.value()) && call.target().equals("tool bench.echo"))
                .count();
    }

    static String code(Execution execution) {
        return execution.failure().orElseThrow().code();
    }

    static void refused(PolicyErrorCode code, Runnable act) {
        assertThatThrownBy(act::run)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }
}
