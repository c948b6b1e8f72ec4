package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.SqlFault;
import dev.agentos.spi.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Changes whose server is killed before their record is written. */
@ExtendWith(LabExtension.class)
class RecordIT {

    private static JsonObject rules(String reason) {
        return JsonObject.of(
                "rules",
                List.of(JsonObject.of(
                        "id",
                        "no",
                        "point",
                        "tool",
                        "effect",
                        "DENY",
                        "reason",
                        reason,
                        "when",
                        "tool.name == 'none'")));
    }

    /** The first server's change is committed, its record is not, and then there is no such server. */
    private static void dieBeforeTheRecord(Lab lab, String policy) {
        String path = "/api/v1/policies/" + policy;
        String version = lab.a1().put(path, rules("As it was.")).header("ETag").orElseThrow();
        SqlFault record = lab.hang("INSERT", "audit_records", "r->>'action' = 'putPolicy'");
        CompletableFuture<Api.Answer> lost =
                lab.later(() -> lab.a1().put(path, rules("As it became."), "If-Match", version));
        record.awaitHit();
        lab.a().kill();
        record.abort();
        assertThatThrownBy(lost::join).hasCauseInstanceOf(UncheckedIOException.class);
    }

    /** Waits for the record of the change, which is told once and by what was there. */
    private static void findsIt(Lab lab, Api api, String policy) {
        assertThat(api.get("/api/v1/policies/" + policy).expect(200).toString())
                .as("what was changed stays")
                .contains("As it became.");
        String records = "/api/v1/audit?action=putPolicy&target=" + policy;
        List<JsonObject> found = Awaitility.await("the record of the change of " + policy)
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> items(api.get(records)), items -> items.size() > 1);
        assertThat(found).hasSize(2);
        assertThat(found.getFirst().text("outcome")).contains("DONE");
        JsonObject details = found.getFirst().object("details").orElseThrow();
        assertThat(details.text("interrupted")).contains("true");
        assertThat(details.object("before").orElseThrow().toString()).contains("As it was.");
        assertThat(details.object("after")).isEmpty();
        assertThat(found.getFirst().text("actor")).isEqualTo(found.getLast().text("actor"));
        JsonObject verified = api.get("/api/v1/audit/verify").expect(200);
        assertThat(verified.bool("sound")).as(verified.toString()).contains(true);
        lab.evidence(policy + ": " + details);
    }

    private static List<JsonObject> items(Api.Answer answer) {
        return answer.expect(200).array("items").orElseThrow().items().stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    @Test
    @FaultCase(103)
    void aServerThatComesBackRecordsWhatItHadChanged(Lab lab) {
        lab.b().pause();
        dieBeforeTheRecord(lab, "comes-back");
        lab.a().start();
        findsIt(lab, lab.a1(), "comes-back");
    }

    @Test
    @FaultCase(103)
    void anotherServerRecordsWhatOneHadChangedThatIsGone(Lab lab) {
        dieBeforeTheRecord(lab, "is-gone");
        findsIt(lab, lab.b1(), "is-gone");
    }
}
