package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who shows lists learns which of them may look otherwise now: of his tenant, and of what he may read. */
@Timeout(60)
class ChangesApiTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PATH = "/api/v1/changes";

    private TestServer app;

    @BeforeEach
    void start() {
        app = new TestServer();
    }

    @AfterEach
    void stop() {
        app.close();
    }

    /** A stream that is open: its first event has been read. */
    private final class Following {

        private final Iterator<String> fields;
        private final List<String> opened;

        Following(String key) {
            try {
                HttpResponse<Stream<String>> answer = CLIENT.send(
                        app.request(key, PATH)
                                .header("Accept", "text/event-stream")
                                .build(),
                        HttpResponse.BodyHandlers.ofLines());
                assertThat(answer.statusCode()).isEqualTo(200);
                fields = answer.body().iterator();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            opened = next("opened");
        }

        /** The names in the next event, which is of that type. */
        List<String> next(String type) {
            String field = fields.next();
            while (!field.startsWith("event: ")) {
                field = fields.next();
            }
            assertThat(field).isEqualTo("event: " + type);
            return names(Json.parseObject(fields.next().substring("data: ".length())));
        }
    }

    private static List<String> names(JsonObject event) {
        return event.array("collections").orElseThrow().items().stream()
                .map(name -> ((JsonString) name).value())
                .toList();
    }

    private void putPolicy(String key) {
        String policy = """
            {"rules": [{"id": "no-mail", "point": "tool", "scope": {"tool": "mail.*"}, "effect": "DENY",
                        "reason": "No mail from here.", "when": "true"}]}\
            """;
        assertThat(app.put(key, "/api/v1/policies/some", policy).statusCode()).isLessThan(300);
    }

    private void putBudget() {
        String budget = "{\"scope\": \"tenant\", \"limit\": {\"tokens\": 1000}, \"period\": \"day\"}";
        assertThat(app.put(app.acmeKey, "/api/v1/budgets/some", budget).statusCode())
                .isLessThan(300);
    }

    @Test
    void anotherOnesChangeIsTold() {
        Following following = new Following(app.acmeKey);
        assertThat(following.opened).contains("policies", "executions", "audit").doesNotContain("changes", "login");
        putPolicy(app.acmeKey);
        assertThat(following.next("changed")).contains("policies").isSubsetOf("audit", "policies");
    }

    @Test
    void anotherTenantsChangeIsNotTold() {
        Following acme = new Following(app.acmeKey);
        Following umbrella = new Following(app.umbrellaKey);
        putPolicy(app.umbrellaKey);
        assertThat(umbrella.next("changed")).contains("policies");
        putBudget();
        assertThat(acme.next("changed")).doesNotContain("policies");
    }

    @Test
    void nobodyIsToldOfWhatHeMayNotRead() {
        String key = app.key(Optional.of(app.acme.id()), "reader", Set.of(Scope.BUDGETS_READ));
        Following following = new Following(key);
        assertThat(following.opened).containsExactly("budgets", "quotas");
        putPolicy(app.acmeKey);
        putBudget();
        assertThat(following.next("changed")).containsExactly("budgets");
        assertThat(names(TestServer.json(app.get(key, PATH)))).containsExactly("budgets", "quotas");
    }

    @Test
    void executionsAreToldUnlessOnlySomeMayBeSeen() {
        String confined = app.apiKeys
                .create(
                        Optional.of(app.acme.id()),
                        "confined",
                        Set.of(Scope.EXECUTIONS_READ, Scope.APPROVALS_READ, Scope.AGENTS_READ, Scope.GRAPHS_READ),
                        Reach.read(Set.of("mine")),
                        Optional.empty(),
                        Optional.empty())
                .secret();
        assertThat(new Following(confined).opened).isEmpty();
        Following following = new Following(app.acmeKey);
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", ExecutionApiTest.ASK).statusCode())
                .isEqualTo(201);
        assertThat(following.next("changed")).contains("graphs");
        app.post(app.acmeKey, "/api/v1/executions", "{\"graph\": \"ask\", \"input\": {}}");
        List<String> told = following.next("changed");
        while (!told.contains("executions")) {
            told = following.next("changed");
        }
        assertThat(told).contains("executions");
    }

    @Test
    void whatAllTenantsSeeIsToldToAllOfThem() {
        Following following = new Following(app.adminKey);
        app.server.changes().tell(Optional.empty(), "plugins");
        assertThat(following.next("changed")).containsExactly("plugins");
    }
}
