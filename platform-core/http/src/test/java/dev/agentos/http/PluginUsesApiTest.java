package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who uses a plugin that is to go, as the API says it. */
@Timeout(60)
class PluginUsesApiTest {

    private static final String PLUGIN = "/api/v1/plugins/quiet";

    private TestServer app;

    @BeforeEach
    void start() {
        app = new TestServer();
        app.install("quiet", SyntheticJar.toolPlugin("quiet", "1.0.0", "quiet.say", "hush"));
    }

    @AfterEach
    void stop() {
        app.close();
    }

    private String state() {
        HttpResponse<String> found = app.get(app.adminKey, PLUGIN);
        return found.statusCode() == 404
                ? "GONE"
                : TestServer.json(found).text("state").orElse("");
    }

    private void use() {
        app.uses.add(new PluginUses.Use(
                PluginUses.Kind.GRAPH,
                3,
                List.of(new PluginUses.Named(Optional.of("tnt_1"), "gra_1", Optional.of("mail")))));
    }

    @Test
    void aTrialNamesWhoUsesItAndChangesNothing() {
        use();
        for (HttpResponse<String> tried : List.of(
                app.delete(app.adminKey, PLUGIN + "?dryRun=true"),
                app.post(app.adminKey, PLUGIN + "/disable?dryRun=true", "{}"))) {
            assertThat(tried.statusCode()).isEqualTo(200);
            JsonObject uses = TestServer.json(tried);
            assertThat(uses.member("used")).contains(JsonBoolean.TRUE);
            assertThat(uses.member("complete")).contains(JsonBoolean.TRUE);
            JsonObject graphs =
                    (JsonObject) uses.array("uses").orElseThrow().items().getFirst();
            assertThat(graphs.text("kind")).contains("GRAPH");
            assertThat(graphs.text("sentence"))
                    .contains("3 stored graphs name what it offers: gra_1 ('mail', tenant tnt_1) and 2 more");
        }
        assertThat(state()).isEqualTo("STARTED");
        assertThat(app.delete(app.acmeKey, PLUGIN + "?dryRun=true").statusCode())
                .isEqualTo(403);
        assertThat(app.delete(app.adminKey, PLUGIN + "?dryRun=perhaps").statusCode())
                .isEqualTo(400);
        assertThat(app.delete(app.adminKey, "/api/v1/plugins/gone?dryRun=true").statusCode())
                .isEqualTo(404);
    }

    @Test
    void whatIsUsedGoesByForceAlone() {
        use();
        for (HttpResponse<String> refused : List.of(
                app.delete(app.adminKey, PLUGIN), app.post(app.adminKey, PLUGIN + "/disable?force=false", "{}"))) {
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body()).contains("plugin:IN_USE", "gra_1", "and 2 more");
        }
        assertThat(state()).isEqualTo("STARTED");

        done(app.post(app.adminKey, PLUGIN + "/disable?force=true", "{}"));
        assertThat(state()).isEqualTo("STOPPED");
        // What it offers is not known while it is stopped.
        assertThat(TestServer.json(app.delete(app.adminKey, PLUGIN + "?dryRun=true"))
                        .member("complete"))
                .contains(JsonBoolean.FALSE);
        done(app.delete(app.adminKey, PLUGIN + "?force=true"));
        assertThat(state()).isEqualTo("GONE");
    }

    /** A change of the same plugin would be refused while this one goes on, though its state may show already. */
    private void done(HttpResponse<String> change) {
        assertThat(change.statusCode()).as(change.body()).isEqualTo(202);
        String operation = TestServer.json(change).text("id").orElseThrow();
        app.done(app.operationStore.find(operation).orElseThrow());
    }
}
