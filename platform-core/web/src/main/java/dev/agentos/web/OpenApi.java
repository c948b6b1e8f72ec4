package dev.agentos.web;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.filters.CrossSite;
import dev.agentos.web.login.SessionCookie;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes the API's OpenAPI 3.1 description from the annotations of the resources, so that it cannot say what is not so.
 */
public final class OpenApi {

    private static final JsonObject RETRY_AFTER = JsonObject.of(
            "description",
            "After how many seconds to try again: with 429, as for too many requests or attempts to log in, and when a"
                    + " 409 or 503 does not last",
            "schema",
            JsonObject.of("type", "integer", "minimum", 1));

    private static final JsonObject ETAG = JsonObject.of(
            "description", "The state that is shown, for If-Match", "schema", JsonObject.of("type", "string"));

    private static final String BASE = "/api/v1";

    private OpenApi() {}

    /** The description of those resource classes. */
    public static JsonObject of(List<Class<?>> resources, String version) {
        Map<String, Map<String, JsonObject>> paths = new TreeMap<>();
        List<JsonObject> tags = new ArrayList<>();
        for (Class<?> resource : resources) {
            tags.add(JsonObject.of("name", tag(resource)));
            for (Method method : routes(resource)) {
                paths.computeIfAbsent(path(resource, method), path -> new TreeMap<>())
                        .merge(verb(method).toLowerCase(Locale.ROOT), operation(resource, method), OpenApi::merged);
            }
        }
        return JsonObject.of(
                "openapi", "3.1.0",
                "info",
                        JsonObject.of(
                                "title", "AgentOS",
                                "version", version,
                                "summary", "A self-hosted, multi-tenant server for AI agents"),
                "servers", List.of(JsonObject.of("url", "/")),
                "security", List.of(JsonObject.of("apiKey", List.of()), JsonObject.of("login", List.of())),
                "tags", tags,
                "paths", paths,
                "components",
                        JsonObject.of(
                                "securitySchemes",
                                        JsonObject.of(
                                                "apiKey",
                                                JsonObject.of(
                                                        "type", "http",
                                                        "scheme", "bearer",
                                                        "description", "An API key, aos_…"),
                                                "login",
                                                JsonObject.of(
                                                        "type",
                                                        "apiKey",
                                                        "in",
                                                        "cookie",
                                                        "name",
                                                        SessionCookie.NAME,
                                                        "description",
                                                        "A browser's login; what changes something also sends "
                                                                + CrossSite.TOKEN_HEADER)),
                                "responses",
                                        JsonObject.of(
                                                "Problem",
                                                JsonObject.of(
                                                        "description",
                                                        "What went wrong and what to do",
                                                        "headers",
                                                        JsonObject.of("Retry-After", RETRY_AFTER),
                                                        "content",
                                                        content(Problem.MEDIA_TYPE, "Problem"))),
                                "schemas", Schemas.all()));
    }

    /** The methods of a class that answer requests, in a stable order. */
    public static List<Method> routes(Class<?> resource) {
        return Arrays.stream(resource.getMethods())
                .filter(method -> httpMethod(method).isPresent())
                .sorted((a, b) -> a.toGenericString().compareTo(b.toGenericString()))
                .toList();
    }

    private static JsonObject operation(Class<?> resource, Method method) {
        Describes describes = method.getAnnotation(Describes.class);
        RequiresScope scope = method.getAnnotation(RequiresScope.class);
        if (describes == null || scope == null) {
            throw new IllegalStateException("The route " + method + " lacks its description or its scopes");
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("operationId", describes.id());
        members.put("summary", describes.summary());
        members.put("tags", List.of(tag(resource)));
        members.put("x-scopes", Arrays.stream(scope.value()).map(Scope::word).toList());
        if (scope.beforeLogin()) {
            members.put("security", List.of());
        }
        members.put("parameters", parameters(method));
        if (!describes.request().isEmpty()) {
            members.put(
                    "requestBody",
                    JsonObject.of("required", true, "content", requestContent(method, describes.request())));
        }
        members.put("responses", conditional(resource, method, responses(method, describes)));
        return (JsonObject) JsonValue.of(members);
    }

    /** Two methods of one route, for bodies or answers of different media types, are one operation. */
    private static JsonObject merged(JsonObject one, JsonObject other) {
        if (!one.text("operationId").equals(other.text("operationId"))) {
            throw new IllegalStateException(
                    "Two operations share a route: " + one.text("operationId").orElse("?") + " and "
                            + other.text("operationId").orElse("?"));
        }
        Map<JsonValue, JsonValue> parameters = new LinkedHashMap<>();
        for (JsonObject side : List.of(one, other)) {
            side.array("parameters").orElse(JsonArray.EMPTY).forEach(parameter -> parameters.put(parameter, parameter));
        }
        JsonObject merged = one.with("parameters", parameters.values());
        JsonObject bodies = contentOf(one).overlaidBy(contentOf(other));
        return bodies.isEmpty()
                ? merged
                : merged.with("requestBody", JsonObject.of("required", true, "content", bodies));
    }

    private static JsonObject contentOf(JsonObject operation) {
        return operation
                .object("requestBody")
                .flatMap(body -> body.object("content"))
                .orElse(JsonObject.EMPTY);
    }

    private static List<JsonObject> parameters(Method method) {
        String operation = method.getAnnotation(Describes.class).id();
        List<JsonObject> parameters = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            if (parameter.getAnnotation(PathParam.class) instanceof PathParam path) {
                parameters.add(parameter(operation, path.value(), "path", true, parameter.getType()));
            } else if (parameter.getAnnotation(QueryParam.class) instanceof QueryParam query) {
                parameters.add(parameter(operation, query.value(), "query", false, parameter.getType()));
            } else if (parameter.getAnnotation(HeaderParam.class) instanceof HeaderParam header) {
                parameters.add(parameter(operation, header.value(), "header", false, parameter.getType()));
            }
        }
        if (method.getAnnotation(RequiresScope.class).beforeLogin()) {
            return parameters;
        }
        parameters.add(parameter(operation, AuthenticationFilter.TENANT_HEADER, "header", false, String.class));
        Describes describes = method.getAnnotation(Describes.class);
        if (describes.streams() && !describes.complete().isEmpty()) {
            parameters.add(parameter(operation, "Prefer", "header", false, String.class));
        }
        if (verb(method).equals("POST")) {
            parameters.add(parameter(operation, "Idempotency-Key", "header", false, String.class));
        }
        return parameters;
    }

    private static JsonObject parameter(String operation, String name, String in, boolean required, Class<?> type) {
        JsonObject schema = List.class.isAssignableFrom(type)
                ? JsonObject.of("type", "array", "items", JsonObject.of("type", "string"))
                : JsonObject.of("type", "string");
        return JsonObject.of(
                "name", name,
                "in", in,
                "required", required,
                "description", Schemas.parameter(operation, name),
                "schema", schema);
    }

    private static JsonObject requestContent(Method method, String schema) {
        Consumes consumes = method.getAnnotation(Consumes.class);
        String[] types = consumes == null ? new String[] {"application/json"} : consumes.value();
        Map<String, Object> content = new LinkedHashMap<>();
        for (String type : types) {
            content.put(type, content(type, schema).members().get(type));
        }
        return (JsonObject) JsonValue.of(content);
    }

    private static JsonObject content(String type, String schema) {
        boolean json = !schema.isEmpty() && (type.endsWith("json") || type.endsWith("yaml"));
        return JsonObject.of(
                type,
                json
                        ? JsonObject.of("schema", JsonObject.of("$ref", "#/components/schemas/" + schema))
                        : JsonObject.of("schema", JsonObject.of("type", "string")));
    }

    private static JsonObject responses(Method method, Describes describes) {
        JsonObject content = JsonObject.EMPTY;
        if (!describes.response().isEmpty()) {
            content = content("application/json", describes.response());
        } else if (describes.status() == 200 && !describes.streams()) {
            content = content(produces(method), "");
        }
        JsonObject stream = describes.streams() ? content("text/event-stream", "") : JsonObject.EMPTY;
        if (describes.status() == 200) {
            return answers(describes.summary(), 200, content.overlaidBy(stream));
        }
        JsonObject complete = describes.complete().isEmpty()
                ? JsonObject.EMPTY
                : content(MediaType.APPLICATION_JSON, describes.complete());
        JsonObject answers = answers(describes.summary(), describes.status(), content);
        JsonObject other = complete.overlaidBy(stream);
        return other.isEmpty()
                ? answers
                : answers("What is complete already, or the events of it", 200, other)
                        .overlaidBy(answers);
    }

    /** What is changed in the state that was seen shows its tag, and refuses what names another one or none. */
    private static JsonObject conditional(Class<?> resource, Method method, JsonObject responses) {
        if (isConditional(method)) {
            return shown(responses)
                    .with("412", problem("It is not as If-Match says: somebody has changed it since"))
                    .with("428", problem("It is there, and If-Match does not say in which state it was seen"));
        }
        boolean tagged = verb(method).equals("GET")
                && routes(resource).stream()
                        .filter(OpenApi::isConditional)
                        .anyMatch(other -> shownAt(resource, other).equals(path(resource, method)));
        return tagged ? shown(responses) : responses;
    }

    /** Where the state is shown that something changes: there, or else with what it is a part of. */
    private static String shownAt(Class<?> resource, Method method) {
        String own = path(resource, method);
        boolean there = routes(resource).stream()
                .anyMatch(other ->
                        verb(other).equals("GET") && path(resource, other).equals(own));
        return there ? own : own.substring(0, own.lastIndexOf('/'));
    }

    private static boolean isConditional(Method method) {
        return Arrays.stream(method.getParameters())
                .map(parameter -> parameter.getAnnotation(HeaderParam.class))
                .anyMatch(header -> header != null && header.value().equals("If-Match"));
    }

    private static JsonObject shown(JsonObject responses) {
        return responses
                .object("200")
                .map(answer -> responses.with("200", answer.with("headers", JsonObject.of("ETag", ETAG))))
                .orElse(responses);
    }

    private static JsonObject problem(String description) {
        return JsonObject.of("description", description, "content", content(Problem.MEDIA_TYPE, "Problem"));
    }

    private static JsonObject answers(String description, int status, JsonObject content) {
        JsonObject response = JsonObject.of("description", description);
        return JsonObject.of(
                String.valueOf(status),
                content.isEmpty() ? response : response.with("content", content),
                "default",
                JsonObject.of("$ref", "#/components/responses/Problem"));
    }

    private static String produces(Method method) {
        Produces produces = method.getAnnotation(Produces.class);
        return produces == null ? "application/json" : produces.value()[0];
    }

    private static String path(Class<?> resource, Method method) {
        Path base = resource.getAnnotation(Path.class);
        Path own = method.getAnnotation(Path.class);
        StringBuilder path = new StringBuilder(BASE);
        for (Path part : new Path[] {base, own}) {
            if (part != null && !part.value().isEmpty()) {
                path.append('/').append(part.value());
            }
        }
        // What a parameter has to look like, as in {model: .+}, is the router's; a template has its name alone.
        return path.toString().replaceAll("\\{(\\w+)\\s*:[^}]*}", "{$1}");
    }

    private static String tag(Class<?> resource) {
        return resource.getSimpleName().replace("Resource", "").toLowerCase(Locale.ROOT);
    }

    private static String verb(Method method) {
        return httpMethod(method).orElseThrow();
    }

    private static Optional<String> httpMethod(Method method) {
        for (Annotation annotation : method.getAnnotations()) {
            HttpMethod http = annotation.annotationType().getAnnotation(HttpMethod.class);
            if (http != null) {
                return Optional.of(http.value());
            }
        }
        return Optional.empty();
    }
}
