package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.OpenApi;
import dev.agentos.web.RequiresScope;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(40)
class OpenApiTest {

    private TestServer app;
    private JsonObject document = JsonObject.EMPTY;

    @BeforeAll
    void start() {
        app = new TestServer();
        HttpResponse<String> response =
                app.send(HttpRequest.newBuilder(URI.create(app.server.address() + "/openapi.json")));
        assertThat(response.statusCode()).isEqualTo(200);
        document = TestServer.json(response);
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void everyRouteSaysItsScopesAndIsDescribed() {
        int routes = 0;
        for (Class<?> resource : ApiApplication.RESOURCES) {
            for (Method route : OpenApi.routes(resource)) {
                routes++;
                assertThat(route.isAnnotationPresent(RequiresScope.class))
                        .as("scopes of %s", route)
                        .isTrue();
                assertThat(route.isAnnotationPresent(Describes.class))
                        .as("description of %s", route)
                        .isTrue();
                assertThat(operationIds())
                        .as("operations of the document")
                        .contains(route.getAnnotation(Describes.class).id());
            }
        }
        assertThat(routes).isGreaterThan(10);
        assertThat(operationIds()).doesNotHaveDuplicates();
    }

    @Test
    void everyDocumentedRouteAnswers401WithoutCredential() {
        int called = 0;
        List<String> open = new ArrayList<>();
        for (Operation operation : operations()) {
            if (operation.open()) {
                open.add(operation.id());
                continue;
            }
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create(app.server.address() + operation.path().replaceAll("\\{[^}]+}", "x")))
                    .method(operation.method(), HttpRequest.BodyPublishers.noBody());
            ApiTest.assertProblem(app.send(request), 401, "tenancy:UNAUTHENTICATED");
            called++;
        }
        assertThat(called).isGreaterThan(10);
        assertThat(open)
                .as("what is there to log in")
                .containsExactlyInAnyOrder(
                        "createLogin", "lookAtInvitation", "acceptInvitation", "beginOidcLogin", "finishOidcLogin");
    }

    @Test
    void everyReferenceLeadsSomewhereAndEveryFieldListIsClosed() {
        List<String> references = new ArrayList<>();
        collectReferences(document, references);
        JsonObject schemas = document.object("components")
                .flatMap(components -> components.object("schemas"))
                .orElseThrow();
        for (String reference : references) {
            if (reference.startsWith("#/components/schemas/")) {
                assertThat(schemas.members()).containsKey(reference.substring("#/components/schemas/".length()));
            } else {
                assertThat(reference).isEqualTo("#/components/responses/Problem");
            }
        }
        assertThat(references).hasSizeGreaterThan(20);
        Set<String> used = new HashSet<>(references);
        schemas.members().keySet().forEach(name -> assertThat(used).contains("#/components/schemas/" + name));
    }

    /** What is put without If-Match, and why nothing that somebody else has said is lost by that. */
    private static final Map<String, String> UNCONDITIONAL = Map.of(
            "putRevocation", "it adds to what is refused, and changes nothing that is there",
            "engageKillSwitch", "it stops something in need, and whoever comes second finds it stopped",
            "putLoginPassword", "it names the password before, and is of the one who is logged in",
            "putLoginTenant", "it is of one login alone");

    @Test
    void whateverIsReplacedIsReplacedInTheStateThatWasSeen() {
        Set<String> unconditional = new HashSet<>();
        int conditional = 0;
        for (Operation operation : operations()) {
            if (!Set.of("PUT", "PATCH").contains(operation.method())) {
                continue;
            }
            JsonObject described = described(operation.path(), operation.method());
            if (!parameters(described).contains("If-Match")) {
                unconditional.add(operation.id());
                continue;
            }
            conditional++;
            assertThat(described.object("responses").orElseThrow().members())
                    .as(operation.id())
                    .containsKeys("412", "428");
            String own = operation.path();
            assertThat(Stream.of(own, own.substring(0, own.lastIndexOf('/'))).filter(this::showsTag))
                    .as("where the ETag of what %s replaces is shown", operation.id())
                    .isNotEmpty();
        }
        assertThat(conditional).isGreaterThan(15);
        assertThat(unconditional).isEqualTo(UNCONDITIONAL.keySet());
    }

    private boolean showsTag(String path) {
        return document.object("paths")
                .flatMap(paths -> paths.object(path))
                .flatMap(methods -> methods.object("get"))
                .flatMap(get -> get.object("responses"))
                .flatMap(responses -> responses.object("200"))
                .flatMap(answer -> answer.object("headers"))
                .filter(headers -> headers.members().containsKey("ETag"))
                .isPresent();
    }

    private JsonObject described(String path, String method) {
        return document.object("paths")
                .flatMap(paths -> paths.object(path))
                .flatMap(methods -> methods.object(method.toLowerCase(Locale.ROOT)))
                .orElseThrow();
    }

    private static List<String> parameters(JsonObject operation) {
        return operation.array("parameters").orElseThrow().items().stream()
                .map(parameter -> ((JsonObject) parameter).text("name").orElseThrow())
                .toList();
    }

    /** Lists of events, which go on behind the number that 'after' names, as their streams do. */
    private static final Set<String> BY_SEQUENCE = Set.of("listExecutionEvents", "listOperationEvents");

    @Test
    void everyListComesInPages() {
        Set<String> whole = new HashSet<>();
        int paged = 0;
        for (Operation operation : operations()) {
            if (!operation.method().equals("GET")) {
                continue;
            }
            JsonObject described = described(operation.path(), "get");
            if (!members(described).contains("items")) {
                continue;
            }
            assertThat(members(described)).as(operation.id()).contains("next");
            if (parameters(described).containsAll(List.of("limit", "cursor"))) {
                paged++;
            } else {
                whole.add(operation.id());
            }
        }
        assertThat(paged).isGreaterThan(40);
        assertThat(whole).isEqualTo(BY_SEQUENCE);
    }

    /** The members of the JSON that an operation answers. */
    private Set<String> members(JsonObject operation) {
        return operation
                .object("responses")
                .flatMap(responses -> responses.object("200"))
                .flatMap(answer -> answer.object("content"))
                .flatMap(content -> content.object("application/json"))
                .flatMap(json -> json.object("schema"))
                .flatMap(schema -> schema.text("$ref"))
                .flatMap(reference -> document.object("components")
                        .flatMap(components -> components.object("schemas"))
                        .flatMap(schemas -> schemas.object(reference.substring("#/components/schemas/".length()))))
                .flatMap(schema -> schema.object("properties"))
                .map(properties -> properties.members().keySet())
                .orElse(Set.of());
    }

    @Test
    void everyFieldSaysWhatItMeans() {
        List<String> silent = new ArrayList<>();
        document.object("components")
                .flatMap(components -> components.object("schemas"))
                .orElseThrow()
                .members()
                .forEach((name, schema) -> collectSilent(name, schema, silent));
        assertThat(silent)
                .as("fields without a description of their own, in schemas.json, or in fields.json by their name")
                .isEmpty();
    }

    private static void collectSilent(String path, JsonValue value, List<String> into) {
        switch (value) {
            case JsonObject object -> {
                object.object("properties")
                        .ifPresent(properties -> properties.members().forEach((name, field) -> {
                            boolean says = ((JsonObject) field)
                                            .text("description")
                                            .filter(text -> !text.isBlank())
                                            .isPresent()
                                    || ((JsonObject) field).text("$ref").isPresent();
                            if (!says) {
                                into.add(path + "." + name);
                            }
                            collectSilent(path + "." + name, field, into);
                        }));
                object.members().forEach((key, member) -> {
                    if (!key.equals("properties")) {
                        collectSilent(path, member, into);
                    }
                });
            }
            case JsonArray array -> array.forEach(item -> collectSilent(path, item, into));
            default -> {}
        }
    }

    @Test
    void theTermsOfAnApprovalThatAreTakenAreDescribed() {
        String terms = "{\"within\": \"PT1H\", \"chain\": [\"approver\", \"owner\"], \"risk\": \"LOW\","
                + " \"escalate\": {\"to\": \"role:owner\", \"after\": \"PT5M\"}}";
        HttpResponse<String> taken = app.send(app.request(app.acmeKey, "/api/v1/policies/described")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": [{\"id\": \"r\", \"point\": \"tool\","
                        + " \"effect\": \"REQUIRE_APPROVAL\", \"reason\": \"Look.\", \"approval\": " + terms
                        + "}]}")));
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
        Set<String> described = document.object("components")
                .flatMap(components -> components.object("schemas"))
                .flatMap(schemas -> schemas.object("PolicyRule"))
                .flatMap(rule -> rule.object("properties"))
                .flatMap(properties -> properties.object("approval"))
                .flatMap(approval -> approval.object("properties"))
                .map(properties -> properties.members().keySet())
                .orElse(Set.of());
        assertThat(described).containsExactlyInAnyOrder("within", "people", "chain", "risk", "escalate");
    }

    @Test
    void listsTheScopesThatThereAre() {
        JsonArray listed = document.object("components")
                .flatMap(components -> components.object("schemas"))
                .flatMap(schemas -> schemas.object("Scope"))
                .flatMap(scope -> scope.array("enum"))
                .orElseThrow();
        assertThat(listed.items())
                .containsExactlyElementsOf(Arrays.stream(Scope.values())
                        .<JsonValue>map(scope -> new JsonString(scope.word()))
                        .toList());
    }

    private record Operation(String method, String path, String id, boolean open) {}

    private List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        document.object("paths")
                .orElseThrow()
                .members()
                .forEach((path, methods) -> ((JsonObject) methods)
                        .members()
                        .forEach((method, operation) -> operations.add(new Operation(
                                method.toUpperCase(Locale.ROOT),
                                path,
                                ((JsonObject) operation).text("operationId").orElse(""),
                                ((JsonObject) operation).array("security").isPresent()))));
        return operations;
    }

    private List<String> operationIds() {
        return operations().stream().map(Operation::id).toList();
    }

    private static void collectReferences(JsonValue value, List<String> into) {
        switch (value) {
            case JsonObject object -> {
                object.text("$ref").ifPresent(into::add);
                object.members().values().forEach(member -> collectReferences(member, into));
            }
            case JsonArray array -> array.forEach(item -> collectReferences(item, into));
            default -> {}
        }
    }
}
