package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.EventFollower;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Ledger;
import dev.agentos.faultlab.harness.SqlFault;
import dev.agentos.faultlab.harness.Trap;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server is killed at the worst moments of an execution, and another one takes it over. */
@ExtendWith(LabExtension.class)
class CrashIT {

    private static final int BRANCHES = 3;

    @Test
    @FaultCase(3)
    void anotherServerTakesOverWhatWasClaimedAndNotBegun(Lab lab) {
        lab.a().arm(Failpoint.AFTER_CLAIM, Failpoint.Action.HALT);
        String id = lab.startUnheardOnA(Graphs.effects(2), JsonObject.EMPTY);
        lab.a().awaitEnd();
        lab.killA();

        assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED");
        assertThat(resumptions(lab, id)).containsExactly("2");
        assertThat(lab.ledger().calls(id)).hasSize(2).allMatch(Ledger.Call::effect);
        lab.evidence("attempt=2");
    }

    @Test
    @FaultCase(4)
    void aModelThatWasCutShortIsAskedAnewAndLeavesNoHalfAnswer(Lab lab) {
        String text = "the fourth case and enough words to be in the middle of them when the server is killed";
        String id = lab.startOnA(Graphs.chat("openai/slow-60"), JsonObject.of("text", text));
        EventFollower follower = lab.follow(id);
        lab.models().awaitWords("the fourth case", 4);
        Awaitility.await().until(() -> Events.ofType(follower.seen(), "message").size() > 1);
        assertThat(lab.a1()
                        .get("/api/v1/executions/" + id + "/state")
                        .expect(200)
                        .object("values"))
                .contains(JsonObject.of("text", text));
        lab.killA();

        assertThat(answer(lab.b1().end(id))).isEqualTo("You said: " + text);
        List<JsonObject> seen = follower.awaitEnd();
        List<String> types = seen.stream().map(Events::type).toList();
        int again = types.lastIndexOf("execution.resumed");
        assertThat(types.subList(0, again)).contains("message");
        assertThat(types.subList(again, types.size())).contains("task.started", "message");
        StringBuilder second = new StringBuilder();
        Events.ofType(seen.subList(again, seen.size()), "message")
                .forEach(event -> second.append(
                        event.object("data").orElseThrow().text("text").orElseThrow()));
        assertThat(second).hasToString("You said: " + text);
        assertThat(lab.models().calls("the fourth case")).hasSize(2);
    }

    @Test
    @FaultCase(4)
    void tokensOfALostAttemptAreBooked(Lab lab) {
        String text = "the fourth again, with enough words to be in the middle of them when the server is killed";
        String id = lab.startOnA(Graphs.chat("openai/slow-200"), JsonObject.of("text", text));
        // Only what the log tells of a lost attempt can be booked.
        Awaitility.await("a part of the answer in the log")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !Events.ofType(lab.a1().events(id), "message").isEmpty());
        lab.killA();
        lab.b1().end(id);
        List<JsonObject> booked = Events.ofType(lab.b1().events(id), "custom").stream()
                .map(event -> event.object("data").orElseThrow())
                .filter(data -> data.text("name").equals(Optional.of("usage")))
                .map(data -> data.object("data").orElseThrow())
                .toList();
        assertThat(booked).hasSize(2);
        JsonObject lost = booked.getFirst();
        assertThat(lost.text("finish")).contains("LOST");
        assertThat(lost.bool("estimated")).contains(true);
        for (String tokens : List.of("inputTokens", "outputTokens")) {
            assertThat(lost.number(tokens).orElseThrow().value()).isPositive();
        }
        assertThat(booked.getLast().text("finish")).contains("STOP");
        assertThat(booked.getLast().member("estimated")).isEmpty();
        lab.evidence(lost.toString());
    }

    @Test
    @FaultCase(5)
    void aModelIsAskedOnceMoreAtMostWhenItsAnswerWasNotKept(Lab lab) {
        lab.a().arm(Failpoint.BEFORE_CHECKPOINT, Failpoint.Action.HALT);
        String id = lab.startOnA(Graphs.chat("openai/echo"), JsonObject.of("text", "case five"));
        EventFollower follower = lab.follow(id);
        lab.a().awaitEnd();
        lab.killA();

        assertThat(answer(lab.b1().end(id))).isEqualTo("You said: case five");
        follower.awaitEnd();
        assertThat(lab.models().calls("case five")).hasSizeBetween(1, 2);
        assertThat(resumptions(lab, id)).containsExactly("2");
        lab.evidence("calls=" + lab.models().calls("case five").size());
    }

    @Test
    @FaultCase(6)
    void anEffectIsRepeatedUnderItsKeyOrNotAtAll(Lab lab) {
        lab.ledger().hold("idempotent");
        lab.ledger().hold("once");
        String repeatable = lab.startOnA(Graphs.effects(1), JsonObject.EMPTY);
        String once = lab.start(
                lab.a(),
                Graphs.line("once", Graphs.log(), Graphs.tool("mail", "ledger.once", JsonObject.EMPTY)),
                JsonObject.EMPTY);
        lab.ledger().awaitCalls(repeatable, "idempotent", 1);
        lab.ledger().awaitCalls(once, "once", 1);
        lab.killA();
        lab.ledger().release("idempotent");
        lab.ledger().release("once");

        assertThat(lab.b1().end(repeatable).text("state")).contains("SUCCEEDED");
        List<Ledger.Call> calls = lab.ledger().calls(repeatable, "idempotent");
        assertThat(calls).hasSize(2);
        assertThat(calls)
                .extracting(Ledger.Call::key)
                .containsOnly(calls.getFirst().key());
        assertThat(calls).extracting(Ledger.Call::effect).containsExactly(true, false);

        JsonObject waiting = lab.b1().until(once, "WAITING");
        assertThat(waiting.toString()).contains("needs_review");
        assertThat(lab.ledger().calls(once, "once")).hasSize(1);
        lab.b1()
                .post(
                        "/api/v1/executions/" + once + "/resume",
                        JsonObject.of("answer", JsonObject.of("skip", JsonObject.of("log", "sent by hand"))))
                .expect(202);
        assertThat(lab.b1().end(once).object("output").orElseThrow().array("log"))
                .contains(new JsonArray(List.of(new JsonString("sent by hand"))));
        assertThat(lab.ledger().calls(once, "once")).hasSize(1);
    }

    @Test
    @FaultCase(7)
    void aCheckpointIsStoredWholeOrNotAtAll(Lab lab) {
        String id = lab.startOnA(
                Graphs.line("halved", Graphs.log(), Graphs.gate("first", "halved"), Graphs.gate("second", "halved")),
                JsonObject.EMPTY);
        lab.ledger().awaitCalls(id, "gate", 1);
        SqlFault stored = lab.hang(
                "INSERT", "execution_log", "(r->>'execution')::bigint = " + lab.number(id) + " AND r->>'step' = '1'");
        lab.ledger().open("halved");
        stored.awaitHit();
        lab.a().kill();
        stored.abort();
        lab.killA();

        assertThat(log(lab.b1().end(id))).containsExactly("first", "second");
        assertThat(lab.ledger().calls(id, "gate")).extracting(Ledger.Call::key).hasSize(3);
    }

    @Test
    @FaultCase(13)
    void aTaskThatWasSaidToHaveFinishedDoesNotFinishAgain(Lab lab) {
        JsonObject set = JsonObject.of("set", JsonObject.of("log", "['x']"));
        String id = lab.startOnA(
                Graphs.line(
                        "said",
                        Graphs.log(),
                        Graphs.gate("gate", "said"),
                        Graphs.node("one", "transform", set),
                        Graphs.node("two", "transform", set),
                        Graphs.gate("last", "said")),
                JsonObject.EMPTY);
        lab.ledger().awaitCalls(id, "gate", 1);
        SqlFault later = lab.hang(
                "INSERT",
                "execution_log",
                "(r->>'execution')::bigint = " + lab.number(id) + " AND (r->>'step')::int >= 2");
        lab.ledger().open("said");
        later.awaitHit();
        lab.a().kill();
        later.abort();
        lab.killA();
        lab.b1().end(id);
        assertThat(Events.ofNode(lab.b1().events(id), "task.finished", "one")).hasSize(1);
    }

    @Test
    @FaultCase(8)
    void anEventThatNobodyWasToldOfComesFromTheLog(Lab lab) {
        String id = lab.startOnA(
                Graphs.line("untold", Graphs.log(), Graphs.gate("first", "untold"), Graphs.gate("second", "untold")),
                JsonObject.EMPTY);
        EventFollower follower = lab.follow(id);
        lab.ledger().awaitCalls(id, "gate", 1);
        Trap stored = lab.holdCommitOf(lab.a(), Trap.LOG_ROW);
        lab.ledger().open("untold");
        stored.awaitSprung();
        lab.killA();

        assertThat(log(lab.b1().end(id))).containsExactly("first", "second");
        List<JsonObject> seen = follower.awaitEnd();
        assertThat(seen).isEqualTo(lab.b1().events(id));
        assertThat(follower.connections()).isGreaterThan(1);
        assertThat(Events.ofNode(seen, "task.finished", "first")).hasSize(1);
    }

    @Test
    @FaultCase(9)
    void onlyOpenBranchesRunAgainAndTheJoinFiresOnce(Lab lab) {
        List<JsonObject> branches = new ArrayList<>();
        for (int i = 0; i < BRANCHES; i++) {
            branches.add(Graphs.gate("branch" + i, "nine" + i));
        }
        JsonObject graph = Graphs.fanOut("nine", Graphs.gate("join", "nine-join"), branches);
        List<String> ids = new ArrayList<>();
        for (int done = 0; done <= BRANCHES; done++) {
            String id = done == 0 ? lab.startOnA(graph, JsonObject.EMPTY) : lab.start(lab.a(), graph, JsonObject.EMPTY);
            ids.add(id);
            lab.ledger().awaitCalls(id, "gate", BRANCHES);
            for (int i = 0; i < done; i++) {
                lab.ledger().open("nine" + i, id);
            }
        }
        for (int done = 0; done <= BRANCHES; done++) {
            int expected = done;
            String id = ids.get(done);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() ->
                            Events.ofType(lab.a1().events(id), "task.finished").size() == expected);
        }
        lab.ledger().awaitCalls(ids.getLast(), "gate", BRANCHES + 1);
        lab.killA();
        for (int i = 0; i < BRANCHES; i++) {
            lab.ledger().open("nine" + i);
        }
        lab.ledger().open("nine-join");

        for (int done = 0; done <= BRANCHES; done++) {
            String id = ids.get(done);
            assertThat(log(lab.b1().end(id))).containsExactlyInAnyOrder("branch0", "branch1", "branch2", "join");
            for (int i = 0; i < BRANCHES; i++) {
                String gate = "nine" + i;
                assertThat(lab.ledger().calls(id, "gate").stream()
                                .filter(call -> call.key().equals(gate)))
                        .as("runs of branch %d of %d finished", i, done)
                        .hasSize(i < done ? 1 : 2);
            }
            assertThat(Events.ofNode(lab.b1().events(id), "task.finished", "join"))
                    .hasSize(1);
        }
    }

    private static List<String> resumptions(Lab lab, String id) {
        return Events.ofType(lab.b1().events(id), "execution.resumed").stream()
                .map(event -> Events.data(event, "attempt").orElseThrow())
                .toList();
    }

    private static String answer(JsonObject execution) {
        return execution.object("output").orElseThrow().text("answer").orElseThrow();
    }

    private static List<String> log(JsonObject execution) {
        List<String> log = new ArrayList<>();
        execution
                .object("output")
                .orElseThrow(() -> new AssertionError(execution.toString()))
                .array("log")
                .orElseThrow()
                .forEach(item -> log.add(((JsonString) item).value()));
        return log;
    }
}
