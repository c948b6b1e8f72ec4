package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plugins are changed while servers die, and by two administrators at once. */
@ExtendWith(LabExtension.class)
class PluginLifeIT {

    private static final String ID = "life-tool";
    private static final String PLUGINS = "/api/v1/plugins";
    private static final String PLUGIN = PLUGINS + "/" + ID;

    private static Path version(Lab lab, String version) {
        return SyntheticJar.toolPlugin(ID, version, "life.say", version)
                .writeTo(lab.directory(), ID + "-" + version + ".jar");
    }

    /** The version that a server has started; "-" when it has none. */
    private static String started(Api api) {
        Api.Answer found = api.get(PLUGIN);
        if (found.status() == 404) {
            return "-";
        }
        JsonObject plugin = found.expect(200);
        return plugin.text("state").orElseThrow().equals("STARTED")
                ? plugin.text("version").orElseThrow()
                : plugin.text("state").orElseThrow();
    }

    private static void awaitStarted(Lab lab, Server server, String version) {
        Awaitility.await(version + " at " + server)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> {
                    assertThat(started(lab.api(server))).isEqualTo(version);
                    // A row that is gone is gone at once; what is loaded follows.
                    JsonObject tools = lab.api(server).get("/api/v1/tools").expect(200);
                    assertThat(tools.toString().contains("life.say")).isEqualTo(!version.equals("-"));
                });
    }

    @ParameterizedTest
    @FaultCase(62)
    @CsvSource({
        "install, afterPluginKept, -",
        "install, afterPluginStarted, -",
        "install, afterPluginCommitted, 2.0.0",
        "install, afterPluginSwitched, 2.0.0",
        "swap, afterPluginKept, 1.0.0",
        "swap, afterPluginStarted, 1.0.0",
        "swap, afterPluginCommitted, 2.0.0",
        "swap, afterPluginSwitched, 2.0.0",
        "swap, afterPluginUnloaded, 2.0.0",
        "uninstall, afterPluginCommitted, -",
        "uninstall, afterPluginUnloaded, -"
    })
    void aServerThatIsKilledAtAnyStepLeavesTheOldOrTheNew(String change, String place, String expected, Lab lab) {
        if (!change.equals("install")) {
            lab.a1().install(version(lab, "1.0.0"));
            awaitStarted(lab, lab.b(), "1.0.0");
        }
        Path next = version(lab, "2.0.0");
        Failpoint failpoint = lab.a().arm(place, Failpoint.Action.HALT);
        CompletableFuture<Api.Answer> asked = lab.later(() -> switch (change) {
            case "install" -> lab.a1().offer(PLUGINS, next);
            case "swap" -> lab.a1().offer(PLUGIN + "/swap", next);
            default -> lab.a1().delete(PLUGIN);
        });
        lab.a().awaitEnd();
        failpoint.disarm();
        asked.handle((answer, gone) -> true).join();

        awaitStarted(lab, lab.b(), expected);
        lab.a().awaitUp();
        awaitStarted(lab, lab.a(), expected);
        if (!expected.equals("-")) {
            lab.a1().succeeded(lab.a1().delete(PLUGIN).expect(202));
        }
        awaitStarted(lab, lab.b(), "-");
        lab.evidence(change + " killed at " + place);
    }

    @Test
    @FaultCase(62)
    void twoAdministratorsAtOnceLeaveOneVersionEverywhere(Lab lab) {
        lab.a1().install(version(lab, "1.0.0"));
        awaitStarted(lab, lab.b(), "1.0.0");
        Path two = version(lab, "2.0.0");
        Path three = version(lab, "3.0.0");
        CompletableFuture<JsonObject> one = swapped(lab, lab.a1(), two);
        CompletableFuture<JsonObject> other = swapped(lab, lab.b1(), three);
        for (JsonObject ended : List.of(one.join(), other.join())) {
            assertThat(ended.object("failure").flatMap(failure -> failure.text("code")))
                    .isIn(Optional.empty(), Optional.of("plugin:BUSY"));
        }
        assertThat(List.of(one.join(), other.join()))
                .as("one of them won")
                .anySatisfy(ended -> assertThat(ended.text("state")).contains("SUCCEEDED"));
        String version = Awaitility.await("one version")
                .atMost(Duration.ofSeconds(30))
                .until(() -> started(lab.a1()), found -> found.equals(started(lab.b1())));
        assertThat(version).isIn("2.0.0", "3.0.0");
        lab.a1().succeeded(lab.a1().delete(PLUGIN).expect(202));
        awaitStarted(lab, lab.b(), "-");
    }

    private static CompletableFuture<JsonObject> swapped(Lab lab, Api api, Path jar) {
        return lab.later(() -> api.offer(PLUGIN + "/swap", jar)).thenApply(answer -> api.finished(answer.expect(202)));
    }
}
