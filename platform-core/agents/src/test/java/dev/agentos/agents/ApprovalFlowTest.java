package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.Command;
import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.MemoryExecutionStore;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.CallMeter;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.PolicyGate;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules before tools, and executions that wait for people: a real engine, a real plugin. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class ApprovalFlowTest {

    private static final String STARTER = "key_starter";
    private static final Principal APPROVER = person("key_approver");

    private final Ids ids = Ids.system();
    private final FakeGraphStore graphs = new FakeGraphStore();
    private final List<CallMeter.Call> calls = new CopyOnWriteArrayList<>();
    private final MovedClock clock = new MovedClock();
    private final Policies policies = new Policies(new MemoryPolicyStore(), clock);
    private final Approvals approvals = new Approvals(new MemoryApprovalStore(), ids, clock);

    private PluginHost plugins;
    private Invocation invocation;
    private Executions executions;
    private ExecutionEngine engine;

    /** The time, which a test can move on. */
    private static final class MovedClock implements InstantSource {
        private volatile Duration moved = Duration.ZERO;

        @Override
        public Instant instant() {
            return Instant.now().plus(moved);
        }
    }

    private static Principal person(String id) {
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
                new PolicyGate(policies, approvals, clock),
                calls::add,
                Invocation.REDUCER_LIMIT,
                KillSwitches.inMemory());
        AgentNodes nodes =
                new AgentNodes(invocation, plugins.service.extensions(), new ScriptEngine(2, 64L * 1024 * 1024));
        executions = new Executions(new MemoryExecutionStore(), graphs, nodes, ids, InstantSource.system());
        approvals.onDecision(new DecidedExecutions(executions));
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
    private TenantId tenant(String effect, String rest) {
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

    private static final String ASK = "REQUIRE_APPROVAL";

    private Execution start(TenantId tenant, String node, String input) {
        JsonObject definition = Json.parseObject("""
            {"metadata": {"name": "g"}, "channels": {"out": {"type": "any", "reducer": "last"},
              "n": {"type": "integer", "reducer": "last"}, "messages": {"type": "array", "reducer": "messages"}},
             "nodes": [%s], "edges": [{"source": "START", "target": "work"}, {"source": "work", "target": "END"}]}\
            """.formatted(node));
        StoredGraph stored = graphs.save(
                tenant,
                new StoredGraph(
                        new GraphReference(ids.next("gra"), 1),
                        "g",
                        "api",
                        GraphCodec.digest(definition),
                        definition,
                        Instant.now()));
        return executions.start(
                tenant,
                new ExecutionRequest(
                                Optional.empty(),
                                stored.reference(),
                                Json.parseObject(input),
                                JsonObject.EMPTY,
                                0,
                                Optional.empty(),
                                ExecutionRequest.Durability.SYNC)
                        .by(STARTER));
    }

    private Execution echo(TenantId tenant) {
        return rest(start(tenant, """
            {"id": "work", "type": "tool", "config": {"tool": "bench.echo", "arguments": {"n": "n"}, "output": "out"}}\
            """, "{\"n\":" + " 7}"));
    }

    private Execution rest(Execution execution) {
        return executions
                .awaitRest(execution.tenant(), execution.id(), Duration.ofSeconds(30))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }

    private Execution ended(Execution execution) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> executions
                        .require(execution.tenant(), execution.id())
                        .state()
                        .terminal());
        return executions.require(execution.tenant(), execution.id());
    }

    private Approval open(TenantId tenant) {
        return approvals
                .list(tenant, Optional.of(Approval.State.PENDING), new PageRequest(10, Optional.empty()))
                .items()
                .getFirst();
    }

    private static Approvals.Ballot ballot(Principal who, Approval seen) {
        return new Approvals.Ballot(who, seen.standing().nonce(), Optional.of("as I said"));
    }

    private long echoes(TenantId tenant) {
        return calls.stream()
                .filter(call ->
                        call.tenant().equals(tenant.value()) && call.target().equals("tool bench.echo"))
                .count();
    }

    private static String code(Execution execution) {
        return execution.failure().orElseThrow().code();
    }

    @Test
    void aDeniedToolIsNotCalledAndTheExecutionSaysWhy() {
        TenantId tenant = tenant("DENY", ", \"when\": \"tool.arguments.n > 5 && principal == 'key_starter'\"");
        Execution execution = echo(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(code(execution)).isEqualTo("policy:DENIED");
        assertThat(execution.failure().orElseThrow().message()).contains("'echo'", "Echoes are loud.");
        assertThat(echoes(tenant)).isZero();
        assertThat(executions.events(tenant, execution.id(), 0, 100))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.CUSTOM))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.draft().data().toString()).contains("\"policy\"", "\"tool.arguments.n\":7"));
    }

    @Test
    void aDryRunIsToldInTheExecutionsEvents() {
        TenantId tenant = tenant("DENY", ", \"mode\": \"dry-run\"");
        Execution execution = echo(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(executions.events(tenant, execution.id(), 0, 100))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.CUSTOM))
                .singleElement()
                .satisfies(event -> assertThat(event.draft().data().toString()).contains("\"dry-run\""));
    }

    @Test
    void anExecutionWaitsForAPersonAndGoesOnAtOnce() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(echoes(tenant)).isZero();
        Approval approval = open(tenant);
        assertThat(approval.asked().arguments()).isEqualTo(JsonObject.of("n", 7));
        assertThat(approvals
                        .approve(tenant, approval.id(), ballot(APPROVER, approval), Optional.empty())
                        .state())
                .isEqualTo(Approval.State.APPROVED);
        Execution done = ended(execution);
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output().orElseThrow().object("out").orElseThrow().object("arguments"))
                .contains(JsonObject.of("n", 7));
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void whatWasEditedIsWhatRuns() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        approvals.approve(tenant, approval.id(), ballot(APPROVER, approval), Optional.of(JsonObject.of("n", 8)));
        assertThat(ended(execution)
                        .output()
                        .orElseThrow()
                        .object("out")
                        .orElseThrow()
                        .object("arguments"))
                .contains(JsonObject.of("n", 8));
    }

    @Test
    void aRefusalFailsTheExecutionWithTheReason() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        approvals.reject(tenant, approval.id(), ballot(APPROVER, approval));
        assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
        assertThat(ended(execution).failure().orElseThrow().message()).contains("key_approver", "as I said");
        assertThat(echoes(tenant)).isZero();
    }

    @Test
    void whoBeganItCannotAgree() {
        TenantId tenant = tenant(ASK, "");
        echo(tenant);
        Approval approval = open(tenant);
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> approvals.approve(tenant, approval.id(), ballot(person(STARTER), approval), Optional.empty()));
        approvals.reject(tenant, approval.id(), ballot(person(STARTER), approval));
    }

    @Test
    void oneDecisionCountsAndItNamesWhatWasSeen() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        refused(
                PolicyErrorCode.APPROVAL_CHANGED,
                () -> approvals.approve(
                        tenant,
                        approval.id(),
                        new Approvals.Ballot(APPROVER, "guessed", Optional.empty()),
                        Optional.empty()));
        approvals.approve(tenant, approval.id(), ballot(APPROVER, approval), Optional.empty());
        refused(
                PolicyErrorCode.APPROVAL_OVER,
                () -> approvals.reject(tenant, approval.id(), ballot(APPROVER, approval)));
        refused(
                PolicyErrorCode.UNKNOWN_APPROVAL,
                () -> approvals.reject(new TenantId("tnt_x"), approval.id(), ballot(APPROVER, approval)));
        ended(execution);
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void severalHaveToAgreeToTheSame() {
        TenantId tenant = tenant(ASK, ", \"approval\": {\"people\": 2}");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        Approval second =
                approvals.approve(tenant, first.id(), ballot(APPROVER, first), Optional.of(JsonObject.of("n", 9)));
        assertThat(second.state()).isEqualTo(Approval.State.PENDING);
        Approval again = approvals.approve(tenant, first.id(), ballot(APPROVER, second), Optional.empty());
        assertThat(again.state()).as("the same one twice is one").isEqualTo(Approval.State.PENDING);
        Approval edited = approvals.approve(
                tenant, first.id(), ballot(person("key_third"), again), Optional.of(JsonObject.of("n", 10)));
        assertThat(edited.standing().votes())
                .as("who agreed to other arguments has not agreed")
                .hasSize(1);
        approvals.approve(tenant, first.id(), ballot(APPROVER, edited), Optional.empty());
        assertThat(ended(execution)
                        .output()
                        .orElseThrow()
                        .object("out")
                        .orElseThrow()
                        .object("arguments"))
                .contains(JsonObject.of("n", 10));
    }

    @Test
    void theOneToWhomItIsLeftDecidesAlone() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval first = open(tenant);
        Principal other = new Principal("key_b", "b", Optional.of(tenant), Set.of());
        Approval left = approvals.delegate(tenant, first.id(), ballot(APPROVER, first), "key_c");
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approvals.approve(tenant, first.id(), ballot(other, left), Optional.empty()));
        Principal assignee = new Principal("key_c", "c", Optional.of(tenant), Set.of());
        approvals.approve(tenant, first.id(), ballot(assignee, left), Optional.empty());
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void nobodyInTimeIsARefusal() {
        TenantId tenant = tenant(ASK, ", \"approval\": {\"within\": \"PT1M\"}");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        clock.moved = Duration.ofMinutes(2);
        try {
            refused(
                    PolicyErrorCode.APPROVAL_OVER,
                    () -> approvals.approve(tenant, approval.id(), ballot(APPROVER, approval), Optional.empty()));
            approvals.sweep();
            assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
            assertThat(ended(execution).failure().orElseThrow().message()).contains("in time");
        } finally {
            clock.moved = Duration.ZERO;
        }
    }

    @Test
    void anAnswerToTheExecutionItselfAgreesToNothing() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = echo(tenant);
        Approval approval = open(tenant);
        assertThatThrownBy(() -> answer(execution, approval, JsonObject.of("agreed", true)))
                .hasMessageContaining("waits for an approval");
        answer(execution, approval, Command.DECIDED);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> executions.require(tenant, execution.id()).state() == ExecutionState.WAITING);
        assertThat(echoes(tenant)).isZero();
        approvals.approve(tenant, approval.id(), ballot(APPROVER, approval), Optional.empty());
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    private void answer(Execution execution, Approval approval, JsonValue answer) {
        executions.resume(
                execution.tenant(),
                execution.id(),
                new Command(Map.of(approval.id(), answer), Optional.empty(), JsonObject.EMPTY, List.of()));
    }

    @Test
    void ofSeveralCallsNoneIsMadeBeforeAllAreDecided() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = rest(start(tenant, """
            {"id": "work", "type": "tool", "config": {"messages": "messages", "tools": ["bench.echo", "bench.change"]}}\
            """, """
            {"messages": [{"role": "assistant", "content": "", "toolCalls": [
              {"id": "c1", "tool": "bench.change", "arguments": {}},
              {"id": "c2", "tool": "bench.echo", "arguments": {"n": 1}},
              {"id": "c3", "tool": "bench.echo", "arguments": {"n": 2}}]}]}\
            """));
        assertThat(execution.state()).as(String.valueOf(execution.failure())).isEqualTo(ExecutionState.WAITING);
        assertThat(calls).noneMatch(call -> call.tenant().equals(tenant.value()));
        List<Approval> open = approvals
                .list(tenant, Optional.of(Approval.State.PENDING), new PageRequest(10, Optional.empty()))
                .items();
        assertThat(open).hasSize(2);
        for (Approval approval : open) {
            if (approval.asked().arguments().equals(JsonObject.of("n", 1))) {
                approvals.reject(tenant, approval.id(), ballot(APPROVER, approval));
            } else {
                approvals.approve(tenant, approval.id(), ballot(APPROVER, approval), Optional.empty());
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            approvals.sweep();
            return executions.require(tenant, execution.id()).state().terminal();
        });
        Execution done = executions.require(tenant, execution.id());
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output().orElseThrow().toString())
                .as("the model is told of the refusal, and may go on")
                .contains("was refused by key_approver", "changed", "\"n\":2");
        assertThat(echoes(tenant)).isEqualTo(1);
    }

    @Test
    void whoCannotWaitIsRefused() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = rest(start(tenant, """
            {"id": "work", "type": "code", "config": {"source": "return {out: await call('bench.echo', {n: 3})}",
             "tools": ["bench.echo"]}}\
            """, "{}"));
        assertThat(execution.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(String.valueOf(execution.failure())).contains("cannot wait");
        assertThat(echoes(tenant)).isZero();
    }

    private static void refused(PolicyErrorCode code, Runnable act) {
        assertThatThrownBy(act::run)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }
}
