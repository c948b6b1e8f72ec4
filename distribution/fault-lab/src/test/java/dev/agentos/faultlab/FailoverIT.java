package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.PostgresPair;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A standby takes the place of the database. */
@ExtendWith(LabExtension.class)
@Tag("long")
class FailoverIT {

    private static final JsonObject ASKING = Graphs.line(
            "failover",
            JsonObject.of("answer", Graphs.channel("any", "last")),
            Graphs.node("ask", "human", JsonObject.of("prompt", "?", "output", "answer")));

    private static void awaitReadiness(Api api, int status) {
        Awaitility.await("readyz " + status)
                .atMost(Duration.ofSeconds(15))
                .until(() -> api.get("/readyz").status() == status);
    }

    private static PostgresPair pair(Lab lab, String name) {
        assumeTrue(PostgresPair.programs().isPresent(), "no PostgreSQL with pg_basebackup is installed here");
        return PostgresPair.start(
                PostgresPair.programs().orElseThrow(), lab.directory().resolve(name));
    }

    @Test
    @FaultCase(24)
    void aStandbyThatIsPromotedTakesOver(Lab lab) {
        try (PostgresPair pair = pair(lab, "promoted")) {
            Server server = lab.extra("failover", pair.primary());
            server.start();
            Api api = lab.apiOf(server);
            String graph = api.deploy(ASKING);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                ids.add(start(api, graph));
            }
            ids.forEach(id -> api.until(id, "WAITING"));

            // The network leads to the standby before it is one that takes writes.
            server.network().switchTo(pair.standby());
            awaitReadiness(api, 503);
            assertThat(api.get("/livez").status()).isEqualTo(200);
            assertThat(api.post("/api/v1/executions", JsonObject.of("graph", graph))
                            .status())
                    .isEqualTo(503);
            pair.promote();
            awaitReadiness(api, 200);
            for (String id : ids) {
                api.post("/api/v1/executions/" + id + "/resume", JsonObject.of("answer", id))
                        .expect(202);
                assertThat(api.end(id).object("output").orElseThrow().text("answer"))
                        .contains(id);
            }
            api.until(start(api, graph), "WAITING");
            lab.evidence("PostgreSQL " + pair.standby().sql().rows("SHOW server_version"));
        }
    }

    @Test
    @FaultCase(24)
    void anOldPrimaryThatTakesNoWritesMakesItsServerUnready(Lab lab) {
        try (PostgresPair pair = pair(lab, "read-only")) {
            Server server = lab.extra("old-primary", pair.primary());
            server.start();
            Api api = lab.apiOf(server);
            String graph = api.deploy(ASKING);
            pair.makePrimaryReadOnly();
            Api.Answer refused = api.post("/api/v1/executions", JsonObject.of("graph", graph));
            assertThat(refused.status()).as(refused.text()).isEqualTo(503);
            awaitReadiness(api, 503);
            assertThat(api.get("/livez").status()).isEqualTo(200);
            pair.makePrimaryWritable();
            awaitReadiness(api, 200);
            api.until(start(api, graph), "WAITING");
        }
    }

    private static String start(Api api, String graph) {
        return api.post("/api/v1/executions", JsonObject.of("graph", graph))
                .expect(202)
                .text("id")
                .orElseThrow();
    }
}
