package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.BuiltInRole;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every built-in role calls every operation of the API's description. A new route joins by itself. */
@Timeout(120)
class RoleMatrixTest {

    private record Operation(String method, String path, Set<String> scopes, JsonObject description) {}

    @ParameterizedTest
    @EnumSource(BuiltInRole.class)
    void aRoleOpensWhatItsScopesSayAndNothingElse(BuiltInRole role) {
        try (TestServer app = new TestServer()) {
            List<Operation> operations = operations(app);
            assertThat(operations).hasSizeGreaterThan(80);
            for (Optional<TenantId> tenant : List.of(Optional.of(app.acme.id()), Optional.<TenantId>empty())) {
                String key = key(app, tenant, role);
                Set<String> held =
                        role.of(tenant).scopes().stream().map(Scope::word).collect(Collectors.toSet());
                for (Operation operation : operations) {
                    assertThat(verdict(app, key, operation))
                            .as("%s of %s on %s %s", role.word(), tenant, operation.method(), operation.path())
                            .isEqualTo(held.containsAll(operation.scopes()) ? "opened" : "403 tenancy:SCOPE_MISSING");
                }
            }
        }
    }

    private static String key(TestServer app, Optional<TenantId> tenant, BuiltInRole role) {
        Principal root = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));
        User user = app.users.addService(root, tenant, "of the matrix", Set.of(role.word()));
        return app.apiKeys
                .create(tenant, "its key", role.of(tenant).scopes(), Optional.empty(), Optional.of(user.id()))
                .secret();
    }

    private static List<Operation> operations(TestServer app) {
        List<Operation> operations = new ArrayList<>();
        JsonObject document =
                Json.parseObject(app.send(HttpRequest.newBuilder(URI.create(app.server.address() + "/openapi.json")))
                        .body());
        for (Map.Entry<String, JsonValue> path :
                document.object("paths").orElseThrow().members().entrySet()) {
            ((JsonObject) path.getValue()).members().forEach((method, value) -> {
                JsonObject operation = (JsonObject) value;
                Set<String> scopes = operation.array("x-scopes").orElseThrow().items().stream()
                        .map(word -> ((JsonString) word).value())
                        .collect(Collectors.toSet());
                operations.add(new Operation(method.toUpperCase(Locale.ROOT), path.getKey(), scopes, operation));
            });
        }
        return operations;
    }

    /** Nothing that is named is there, so that what is opened is refused for another reason than the role. */
    private static String verdict(TestServer app, String key, Operation operation) {
        HttpRequest.Builder request = app.request(key, operation.path().replaceAll("\\{[^}]+}", "tnt_nobody"));
        Optional<JsonObject> body = operation.description().object("requestBody");
        if (body.isPresent()) {
            String type = body.get()
                    .object("content")
                    .orElseThrow()
                    .members()
                    .keySet()
                    .iterator()
                    .next();
            request.header("Content-Type", type)
                    .method(operation.method(), HttpRequest.BodyPublishers.ofString("{\"no\":1}"));
        } else {
            request.method(operation.method(), HttpRequest.BodyPublishers.noBody());
        }
        for (JsonValue parameter : operation.description().array("parameters").orElse(JsonArray.EMPTY)) {
            if (((JsonObject) parameter).text("name").filter("If-Match"::equals).isPresent()) {
                request.header("If-Match", "*");
            }
        }
        HttpResponse<String> answer = app.send(request);
        if (answer.statusCode() >= 500) {
            return answer.statusCode() + " " + answer.body();
        }
        return answer.statusCode() == 403
                ? "403 " + TestServer.json(answer).text("code").orElse("")
                : "opened";
    }
}
