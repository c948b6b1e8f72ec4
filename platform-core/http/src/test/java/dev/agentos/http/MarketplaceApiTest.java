package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Scope;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The store: what is found and counted, what a plugin says of itself, and a registry that does not answer. */
@Timeout(60)
class MarketplaceApiTest {

    private static final String LISTINGS = "/api/v1/marketplace/listings";
    private static final String FACETS = "/api/v1/marketplace/facets";
    private static final String README = "# What it is\n\n<script>alert(1)</script>\n";

    private final TestServer app = new TestServer();
    private final FakeRegistryClient registry = (FakeRegistryClient) app.services.registry();

    @TempDir
    private Path folder;

    @BeforeEach
    void publish() {
        registry.service.publish(reader("1.0.0").writeTo(folder));
        registry.service.publish(
                SyntheticJar.toolPlugin("plain", "1.0.0", "plain.say", "yes").writeTo(folder));
    }

    @AfterEach
    void close() {
        app.close();
    }

    private static SyntheticJar reader(String version) {
        return SyntheticJar.toolPlugin("reader", version, "reader.say", "yes")
                .header("Plugin-Provider", "Ann")
                .header("AgentOS-Permissions", "net.connect;target=\"a.example:443\";reason=\"asks\"")
                .entry("META-INF/agentos/README.md", README);
    }

    private JsonObject get(String key, String path) {
        HttpResponse<String> answer = app.get(key, path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    private static List<String> slugs(JsonObject page) {
        return page.array("items").orElseThrow().items().stream()
                .map(item -> ((JsonObject) item).text("slug").orElseThrow())
                .toList();
    }

    private static JsonValue value(String value, int count) {
        return JsonObject.of("value", value, "count", count);
    }

    @Test
    void isNarrowedByWhatPluginsAre() {
        assertThat(slugs(get(app.acmeKey, LISTINGS + "?risk=MEDIUM"))).containsExactly("reader");
        assertThat(slugs(get(app.acmeKey, LISTINGS + "?permission=net.connect")))
                .containsExactly("reader");
        assertThat(slugs(get(app.acmeKey, LISTINGS + "?risk=NONE"))).containsExactly("plain");
        assertThat(slugs(get(app.acmeKey, LISTINGS + "?publisher=Ann&q=read"))).containsExactly("reader");
        assertThat(slugs(get(app.acmeKey, LISTINGS + "?publisher=Bob"))).isEmpty();
        JsonObject counts = get(app.acmeKey, FACETS + "?risk=NONE");
        assertThat(counts.number("total").orElseThrow().value()).isEqualByComparingTo("1");
        assertThat(counts.array("risk").orElseThrow().items()).containsExactly(value("MEDIUM", 1), value("NONE", 1));
    }

    @Test
    void whatIsInstalledIsForThoseWhoMayKnow() {
        app.done(app.plugins.install(TestServer.upload(reader("1.0.0"), folder)));
        assertThat(slugs(get(app.adminKey, LISTINGS + "?installed=true"))).containsExactly("reader");
        assertThat(slugs(get(app.adminKey, LISTINGS + "?installed=false"))).containsExactly("plain");
        assertThat(get(app.adminKey, FACETS).array("installed").orElseThrow().items())
                .containsExactlyInAnyOrder(value("true", 1), value("false", 1));
        assertThat(get(app.acmeKey, FACETS).array("installed")).isEmpty();
        ApiTest.assertProblem(app.get(app.acmeKey, LISTINGS + "?installed=true"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(app.get(app.acmeKey, FACETS + "?installed=true"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(app.get(app.adminKey, FACETS + "?installed=perhaps"), 400, "server:INVALID_FIELD");
    }

    @Test
    void aReadmeIsToldBeforeAndAfterTheInstallation() {
        JsonObject listed = get(app.acmeKey, LISTINGS + "/reader/readme");
        assertThat(listed.text("readme")).contains(README);
        assertThat(listed.text("version")).contains("1.0.0");
        assertThat(get(app.acmeKey, LISTINGS + "/plain/readme").text("readme")).contains("");
        ApiTest.assertProblem(
                app.get(app.acmeKey, LISTINGS + "/reader/readme?version=9.0.0"), 404, "registry:RELEASE_NOT_FOUND");
        ApiTest.assertProblem(app.get(app.acmeKey, LISTINGS + "/absent/readme"), 404, "registry:LISTING_NOT_FOUND");

        HttpResponse<String> plan = app.send(app.request(app.adminKey, "/api/v1/plugins?dryRun=true")
                .header("Content-Type", "application/java-archive")
                .POST(BodyPublishers.ofByteArray(reader("1.1.0").bytes())));
        assertThat(plan.statusCode()).as(plan.body()).isEqualTo(200);
        JsonObject step = (JsonObject)
                TestServer.json(plan).array("plugins").orElseThrow().items().getFirst();
        assertThat(step.text("readme")).contains(README);

        app.done(app.plugins.install(TestServer.upload(reader("1.0.0"), folder)));
        assertThat(get(app.adminKey, "/api/v1/plugins/reader/readme").text("readme"))
                .contains(README);
        ApiTest.assertProblem(app.get(app.adminKey, "/api/v1/plugins/absent/readme"), 404, "plugin:UNKNOWN_PLUGIN");
    }

    @Test
    void aRegistryThatDoesNotAnswerLeavesWhatItSaidBefore() {
        String key = app.key(Optional.of(app.acme.id()), "looks", Set.of(Scope.MARKETPLACE_READ));
        assertThat(get(key, LISTINGS).text("staleSince")).isEmpty();
        get(key, LISTINGS + "/reader");
        get(key, FACETS);
        registry.away = true;
        JsonObject remembered = get(key, LISTINGS);
        assertThat(slugs(remembered)).containsExactlyInAnyOrder("reader", "plain");
        assertThat(remembered.text("staleSince")).isPresent();
        assertThat(get(key, LISTINGS + "/reader").text("staleSince")).isPresent();
        assertThat(get(key, FACETS).text("staleSince")).isPresent();
        ApiTest.assertProblem(app.get(key, LISTINGS + "/plain"), 502, "registry:UNAVAILABLE");
        ApiTest.assertProblem(app.get(key, LISTINGS + "?q=other"), 502, "registry:UNAVAILABLE");
        registry.away = false;
        assertThat(get(key, LISTINGS).text("staleSince")).isEmpty();
    }

    @Test
    void whatAProcessBeforeWasToldIsShownAsOfThen() {
        registry.away = true;
        ApiTest.assertProblem(app.get(app.adminKey, LISTINGS), 502, "registry:UNAVAILABLE");
        registry.keptAt = Optional.of(Instant.parse("2026-01-02T03:04:05Z"));
        for (String path : new String[] {
            LISTINGS, LISTINGS + "/reader", LISTINGS + "/reader/releases", LISTINGS + "/reader/readme", FACETS
        }) {
            assertThat(get(app.adminKey, path).text("staleSince")).as(path).contains("2026-01-02T03:04:05.000000Z");
        }
        ApiTest.assertProblem(app.get(app.adminKey, LISTINGS + "/absent"), 404, "registry:LISTING_NOT_FOUND");
        HttpResponse<String> install = app.post(app.adminKey, "/api/v1/plugins", "{\"listing\": \"reader\"}");
        assertThat(install.statusCode()).as(install.body()).isNotEqualTo(200);
        registry.away = false;
        assertThat(get(app.adminKey, LISTINGS).text("staleSince")).isEmpty();
    }
}
