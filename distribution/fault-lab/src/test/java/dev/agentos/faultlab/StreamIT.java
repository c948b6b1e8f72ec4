package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.EventFollower;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.spi.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Followers who read while many write. */
@ExtendWith(LabExtension.class)
class StreamIT {

    private static final int WRITERS = 50;

    @Test
    @FaultCase(34)
    void nobodyWhoFollowsSkipsAnEventWhileFiftyExecutionsWrite(Lab lab) {
        Random random = new Random(lab.seed());
        JsonObject graph = Graphs.chat("openai/slow-20");
        String text = "many words so that there is something to stream while all the others are writing too";
        lab.deployed(graph);
        Map<String, EventFollower> followers = new LinkedHashMap<>();
        for (int i = 0; i < WRITERS; i++) {
            Server server = i % 2 == 0 ? lab.a() : lab.b();
            String id = lab.start(server, graph, JsonObject.of("text", text));
            followers.put(id, lab.follow(id));
            if (random.nextInt(4) == 0) {
                // Somebody else writes to the same log: a cancellation comes from whatever server is asked for it.
                Server other = random.nextBoolean() ? lab.a() : lab.b();
                long pause = random.nextInt(200);
                lab.later(() -> cancel(lab.api(other), id, pause));
            }
        }
        int events = 0;
        int cancelled = 0;
        for (Map.Entry<String, EventFollower> one : followers.entrySet()) {
            List<JsonObject> seen = one.getValue().awaitEnd();
            for (int i = 0; i < seen.size(); i++) {
                assertThat(Events.sequence(seen.get(i))).as(one.getKey()).isEqualTo(i + 1L);
            }
            assertThat(seen).isEqualTo(lab.events(one.getKey()));
            events += seen.size();
            cancelled += Events.type(seen.getLast()).equals("execution.cancelled") ? 1 : 0;
        }
        assertThat(cancelled).isPositive();
        lab.evidence(events + " events, " + cancelled + " cancelled");
    }

    private static Api.Answer cancel(Api api, String id, long pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return api.post("/api/v1/executions/" + id + "/cancel", JsonObject.EMPTY);
    }
}
