package dev.agentos.faultlab.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** What must hold after every fault. The numbers are those of the fault plan; budgets (I6) have their own tests. */
public final class Oracles {

    private static final Duration BOUND = Duration.ofSeconds(60);

    private Oracles() {}

    /** Checks all of them for these executions, which were acknowledged. */
    static void check(Lab lab, List<String> executions) {
        Api api = lab.anyApi();
        for (String id : executions) {
            JsonObject rested = rests(api, id);
            List<JsonObject> events = api.events(id);
            gapless(id, events);
            // Checkpoints that are kept back until the end go with their server, and what led to them happens again.
            if (!rested.text("durability").equals(Optional.of("exit"))) {
                finishedOnce(lab, id, events);
            }
            attemptsGrow(id, events);
            effectsOnce(lab, id, events);
            terminalIsLast(id, rested, events);
            hiddenFromStrangers(lab, id);
        }
        lab.followers().forEach(follower -> followed(api, follower));
        auditIsSound(lab);
        noLeaseIsLeft(lab, executions);
        nothingHangsOn(lab);
        noSecretIsTold(lab, api, executions);
        // I7: what has ended is the same when it is looked at again.
        executions.forEach(id -> {
            JsonObject again = api.execution(id);
            assertThat(again.text("state").orElseThrow())
                    .as(id)
                    .matches(state -> Api.ended(state) || state.equals("WAITING"));
        });
    }

    /** I1: an acknowledged execution comes to an end or waits for somebody. */
    private static JsonObject rests(Api api, String id) {
        return Awaitility.await("rest of " + id)
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> api.execution(id), found -> {
                    String state = found.text("state").orElseThrow();
                    return Api.ended(state) || state.equals("WAITING");
                });
    }

    /** I2: the log has no gap. */
    static void gapless(String id, List<JsonObject> events) {
        long expected = 1;
        for (JsonObject event : events) {
            assertThat(Events.sequence(event)).as("event of %s", id).isEqualTo(expected++);
        }
    }

    /** I2: what has finished does not finish again; checkpoints follow each other. */
    static void finishedOnce(Lab lab, String id, List<JsonObject> events) {
        Map<String, Integer> finished = new HashMap<>();
        Events.ofType(events, "task.finished")
                .forEach(event -> finished.merge(Events.data(event, "task").orElseThrow(), 1, Integer::sum));
        if (!lab.mayFinishAgain(id)) {
            assertThat(finished.values()).as("%s finished %s", id, finished).allMatch(times -> times == 1);
        }
        List<Long> numbers = Events.ofType(events, "checkpoint").stream()
                .map(event -> Long.valueOf(Events.data(event, "number").orElseThrow()))
                .toList();
        for (int i = 1; i < numbers.size(); i++) {
            assertThat(numbers.get(i)).as("checkpoints of %s: %s", id, numbers).isEqualTo(numbers.get(i - 1) + 1);
        }
    }

    /** I2: each claim has an attempt of its own, and they grow. */
    static void attemptsGrow(String id, List<JsonObject> events) {
        List<Long> attempts = new ArrayList<>();
        for (JsonObject event : events) {
            if (Set.of("execution.started", "execution.resumed").contains(Events.type(event))) {
                Events.data(event, "attempt").ifPresent(attempt -> attempts.add(Long.valueOf(attempt)));
            }
        }
        assertThat(new HashSet<>(attempts)).as("attempts of %s", id).hasSameSizeAs(attempts);
        assertThat(attempts).as("attempts of %s", id).isSorted();
    }

    /** I3: one effect for a key, and none that cannot be repeated happened twice without a person's word. */
    static void effectsOnce(Lab lab, String id, List<JsonObject> events) {
        Set<String> tasks = new HashSet<>();
        Events.ofType(events, "task.started")
                .forEach(event -> tasks.add(Events.data(event, "task").orElseThrow()));
        Map<String, Integer> keys = new HashMap<>();
        Map<String, Integer> once = new HashMap<>();
        for (Ledger.Call call : lab.ledger().calls(id)) {
            if (call.effect()) {
                keys.merge(call.kind() + " " + call.key(), 1, Integer::sum);
            }
            if (call.kind().equals("once")) {
                once.merge(call.key(), 1, Integer::sum);
            }
        }
        int repeated = once.values().stream().mapToInt(times -> times - 1).sum();
        assertThat(repeated)
                .as("effects of %s that were repeated: %s", id, once)
                .isLessThanOrEqualTo(lab.repeatsAllowed());
        assertThat(keys.keySet().stream().filter(key -> !key.startsWith("once")).count())
                .as("effects of %s, %s, for tasks %s", id, keys, tasks)
                .isLessThanOrEqualTo(tasks.size());
    }

    /** I7: nothing follows the end. */
    private static void terminalIsLast(String id, JsonObject execution, List<JsonObject> events) {
        String state = execution.text("state").orElseThrow();
        List<String> ends = events.stream()
                .map(Events::type)
                .filter(type -> type.startsWith("execution.")
                        && Api.ended(type.substring(10).toUpperCase(java.util.Locale.ROOT)))
                .toList();
        if (Api.ended(state)) {
            assertThat(ends).as(id).containsExactly("execution." + state.toLowerCase(java.util.Locale.ROOT));
            assertThat(Events.type(events.getLast())).as(id).isEqualTo(ends.getFirst());
        } else {
            assertThat(ends).as(id).isEmpty();
        }
    }

    /** I4: another tenant sees nothing of it. */
    private static void hiddenFromStrangers(Lab lab, String id) {
        Server server = lab.a().ready() ? lab.a() : lab.b();
        Api stranger = lab.stranger(server);
        // Each connection that a fault has broken is found out by who uses it next, and says so with a 503.
        AtomicInteger status = new AtomicInteger();
        Awaitility.await().atMost(BOUND).until(() -> {
            status.set(stranger.get("/api/v1/executions/" + id).status());
            return status.get() != 503;
        });
        assertThat(status).as(id).hasValue(404);
    }

    /** I8: what a client saw is the beginning of what is stored, to the letter. */
    private static void followed(Api api, EventFollower follower) {
        List<JsonObject> seen = follower.seen();
        if (!seen.isEmpty()) {
            List<JsonObject> stored = api.events(follower.execution());
            assertThat(stored.subList(0, Math.min(seen.size(), stored.size())))
                    .as("followed %s", follower.execution())
                    .isEqualTo(seen);
        }
    }

    /** I5: nothing is missing in the records of what was done, of the tenant and of the platform. */
    private static void auditIsSound(Lab lab) {
        Server server = lab.a().ready() ? lab.a() : lab.b();
        for (Api api : List.of(lab.api(server), lab.platform(server))) {
            JsonObject verified = Awaitility.await("the audit")
                    .atMost(BOUND)
                    .ignoreExceptionsMatching(Api::isPassing)
                    .until(() -> api.get("/api/v1/audit/verify").expect(200), any -> true);
            assertThat(verified.bool("sound")).as(verified.toString()).contains(true);
        }
    }

    /** I9: who has ended holds no lease. */
    private static void noLeaseIsLeft(Lab lab, List<String> executions) {
        assertThat(lab.postgres()
                        .sql()
                        .rows("SELECT id FROM agentos.executions WHERE id = ANY (?) AND state = 'RUNNING'", (Object)
                                executions.toArray(String[]::new)))
                .isEmpty();
    }

    /**
     * I9: no transaction of a server is left open; its connections, threads and files are no more than its pools hold.
     */
    private static void nothingHangsOn(Lab lab) {
        Awaitility.await("transactions that end")
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(lab.postgres()
                                .sql()
                                .rows("SELECT pid, query FROM pg_stat_activity WHERE application_name ="
                                        + " 'agentos' AND state LIKE 'idle in transaction%' AND"
                                        + " state_change < now() - interval '1 s'"))
                        .isEmpty());
        assertThat(lab.postgres()
                        .sql()
                        .number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'agentos'"))
                .isLessThanOrEqualTo(80);
        for (Server server : List.of(lab.a(), lab.b())) {
            server.awaitReady();
            Awaitility.await("an end to what " + server + " has open")
                    .atMost(BOUND)
                    .untilAsserted(() -> assertThat(server.growth()).matches(Server.Holding::small));
        }
    }

    /** I10: the canary is heard nowhere but where the secret is meant to go. */
    private static void noSecretIsTold(Lab lab, Api api, List<String> executions) {
        for (Server server : List.of(lab.a(), lab.b())) {
            assertThat(server.output().contains(Lab.CANARY))
                    .as("the log of %s tells a secret", server)
                    .isFalse();
        }
        executions.forEach(id -> assertThat(api.events(id).toString()).as(id).doesNotContain(Lab.CANARY));
        assertThat(lab.models().calls()).allMatch(call -> call.authorization().contains(Lab.CANARY));
    }
}
