package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the planner keeps of the rounds of nodes that contain a graph. */
class RoundsTest {

    private static final Instant NOW = Instant.parse("2030-01-31T09:00:00Z");

    private final CompiledGraph graph =
            GraphCompiler.compile(GraphCodec.read(GraphCodec.yamlObject("""
                metadata: {name: outer}
                channels: {log: {type: array, reducer: append}}
                nodes:
                  - {id: beside, type: transform, config: {set: {log: "['beside']"}}}
                  - {id: behind, type: transform, config: {set: {log: "['behind']"}}}
                  - id: a
                    type: subgraph
                    timeout: PT1H
                    retry: {maxAttempts: 3}
                    config:
                      output: {log: log}
                      graph:
                        channels: {log: {type: array, reducer: append, default: ["begun"]}}
                        nodes:
                          - {id: one, type: transform, config: {set: {log: "['one']"}}}
                          - {id: join, type: transform, join: all, config: {set: {log: "['join']"}}}
                          - id: b
                            type: subgraph
                            timeout: PT1M
                            config:
                              graph:
                                channels: {n: {type: integer, reducer: last, default: 1}}
                                nodes: [{id: c, type: transform, config: {set: {n: n + 1}}}]
                                edges: [{source: START, target: c}]
                        edges:
                          - {source: START, target: one}
                          - {source: START, target: b}
                          - {source: one, target: join}
                          - {source: b, target: join}
                edges:
                  - {source: START, target: beside}
                  - {source: START, target: a}
                  - {source: beside, target: behind}
                  - {source: behind, target: a}
                """)), NodeHandlers.NONE);

    private static Map<String, Control.Round> rounds(Checkpoint at) {
        return Control.of(at.control()).rounds();
    }

    private static Control.Round round(Checkpoint at, String node) {
        return Objects.requireNonNull(rounds(at).get(node));
    }

    private static List<String> next(Checkpoint at) {
        return at.next().stream().map(NodeTask::node).toList();
    }

    private Checkpoint first(Pauses pauses) {
        return Planner.timed(graph, Planner.first(graph, JsonObject.EMPTY, pauses), NOW, List.of());
    }

    private static PendingWrite done(NodeTask task) {
        return new PendingWrite(task.id(), task.node(), JsonObject.EMPTY, List.of(), Optional.empty());
    }

    private static PendingWrite again(NodeTask task, String node, Instant begins) {
        return new PendingWrite(
                task.id(),
                task.node(),
                JsonObject.EMPTY,
                List.of(),
                Optional.of(new Planner.Again(node, begins).toJson()));
    }

    private Checkpoint after(Checkpoint at, Instant now, List<PendingWrite> writes, Pauses pauses, String... spent) {
        Planner.Step step =
                Planner.advance(graph, at, Planner.Working.of(at.values()), writes, new Channels.Memory(), pauses);
        return Planner.timed(graph, step.checkpoint(), now, List.of(spent));
    }

    private Checkpoint after(Checkpoint at, Instant now, String... spent) {
        return after(at, now, at.next().stream().map(RoundsTest::done).toList(), Pauses.NONE, spent);
    }

    @Test
    void countTimeFromTheirEntryToTheirEnd() {
        Checkpoint entered = first(Pauses.NONE);
        assertThat(next(entered)).containsExactly("a", "beside");
        assertThat(rounds(entered))
                .containsOnly(Map.entry(
                        "a", new Control.Round(1, Optional.empty(), Optional.of(NOW.plusSeconds(3_600)), false)));
        Checkpoint inside = after(entered, NOW.plusSeconds(5));
        assertThat(next(inside)).containsExactly("a/b", "a/one", "behind");
        assertThat(rounds(inside).get("a")).isEqualTo(rounds(entered).get("a"));
        assertThat(round(inside, "a/b").until()).contains(NOW.plusSeconds(65));
        Checkpoint deeper = after(inside, NOW.plusSeconds(10), "a/one");
        assertThat(next(deeper)).containsExactly("a/b/c");
        assertThat(round(deeper, "a").spent()).isTrue();
        assertThat(round(deeper, "a/b").spent()).isFalse();
        Checkpoint joined = after(after(deeper, NOW), NOW);
        assertThat(next(joined)).containsExactly("a/join");
        assertThat(rounds(joined)).containsOnlyKeys("a");
        Checkpoint ends = after(joined, NOW);
        assertThat(next(ends)).containsExactly("a/END");
        assertThat(rounds(ends)).containsOnlyKeys("a");
        // The path that came meanwhile makes another round, which has time of its own.
        Checkpoint anew = after(ends, NOW.plusSeconds(100));
        assertThat(next(anew)).containsExactly("a");
        assertThat(rounds(anew))
                .containsOnly(Map.entry(
                        "a", new Control.Round(1, Optional.empty(), Optional.of(NOW.plusSeconds(3_700)), false)));
    }

    @Test
    void beginAnewWithoutWhatIsInsideAndLoseNoPathThatCameMeanwhile() {
        Checkpoint inside = after(first(Pauses.NONE), NOW);
        Checkpoint deeper = after(inside, NOW);
        assertThat(Control.of(deeper.control()).arrived()).containsOnlyKeys("a", "a/join");
        assertThat(deeper.values()).isEqualTo(Json.parseObject("{\"a/b/n\":1,\"a/log\":[\"begun\"]}"));
        Instant begins = NOW.plusSeconds(30);
        Checkpoint again = after(
                deeper, NOW, List.of(again(deeper.next().getFirst(), "a", begins)), new Pauses(Set.of("a"), Set.of()));
        assertThat(again.next()).containsExactly(NodeTask.of(3, "a"));
        assertThat(again.values()).isEqualTo(JsonObject.EMPTY);
        assertThat(Control.of(again.control()).arrived()).containsOnlyKeys("a");
        assertThat(Control.of(again.control()).held(Map.of())).isEmpty();
        assertThat(rounds(again))
                .containsOnly(Map.entry(
                        "a", new Control.Round(2, Optional.of(begins), Optional.of(begins.plusSeconds(3_600)), false)));
        assertThat(Control.of(Control.of(again.control()).toJson())).isEqualTo(Control.of(again.control()));
        Fork replay = Fork.REPLAY;
        assertThat(rounds(replay.first(graph, again, Pauses.NONE, new Channels.Memory())))
                .isEmpty();
    }

    @Test
    void beginAnewWhereSomebodySendsThemAndForgetNoEffect() {
        Checkpoint inside = after(first(Pauses.NONE), NOW);
        Checkpoint deeper = after(inside, NOW, "a/one");
        assertThat(Control.of(inside.control()).spent()).isEmpty();
        assertThat(Control.of(deeper.control()).spent()).containsExactly("a");
        Checkpoint sent = Planner.jump(deeper, Planner.Working.of(deeper.values()), List.of("a/b/c"))
                .checkpoint();
        Checkpoint timed = Planner.timed(
                graph, sent, NOW.plusSeconds(9), Control.of(deeper.control()).spent());
        assertThat(round(timed, "a"))
                .isEqualTo(new Control.Round(1, Optional.empty(), Optional.of(NOW.plusSeconds(3_609)), true));
        assertThat(round(timed, "a/b").spent()).isFalse();
    }

    @Test
    void leaveWhatRunsBesideAlone() {
        Checkpoint inside = after(first(Pauses.NONE), NOW);
        List<PendingWrite> writes = new ArrayList<>();
        inside.next().forEach(task -> writes.add(task.node().equals("a/b") ? again(task, "a", NOW) : done(task)));
        Checkpoint again = after(inside, NOW, writes, Pauses.NONE);
        assertThat(next(again)).containsExactly("a");
        assertThat(Control.of(again.control()).arrived()).containsEntry("a", List.of("behind"));
    }

    @Test
    void countNoPauseBeforeTheirEntry() {
        Checkpoint held = first(new Pauses(Set.of("a"), Set.of()));
        assertThat(next(held)).containsExactly("a", "beside");
        assertThat(rounds(held)).isEmpty();
        assertThat(round(after(held, NOW.plusSeconds(9)), "a").until()).contains(NOW.plusSeconds(3_609));
    }

    @Test
    void giveUpQuestionsInsideWhileNothingRuns() {
        Pauses pauses = new Pauses(Set.of("a/one", "behind"), Set.of());
        Checkpoint entered = first(pauses);
        Checkpoint held = after(
                entered, NOW, entered.next().stream().map(RoundsTest::done).toList(), pauses);
        assertThat(Control.of(held.control()).held(Map.of())).containsExactly("1:a/one/before", "1:behind/before");
        Planner.Step step = Planner.again(
                graph,
                held,
                Planner.Working.of(held.values()),
                List.of(again(held.next().getFirst(), "a", NOW)),
                Map.of());
        assertThat(step.checkpoint().next()).containsExactly(NodeTask.of(1, "behind"), NodeTask.of(2, "a"));
        assertThat(step.checkpoint().values()).isEqualTo(JsonObject.EMPTY);
        assertThat(Control.of(step.checkpoint().control()).held(Map.of())).containsExactly("1:behind/before");
        assertThat(round(step.checkpoint(), "a").attempt()).isEqualTo(2);
    }
}
