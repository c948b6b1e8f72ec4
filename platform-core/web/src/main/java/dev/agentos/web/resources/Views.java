package dev.agentos.web.resources;

import dev.agentos.kernel.Operation;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.User;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the API writes what the modules below know. */
public final class Views {

    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private Views() {}

    /** A time of RFC 3339 in UTC with microseconds. */
    public static String time(Instant time) {
        return MICROSECONDS.format(time);
    }

    public static JsonObject tenant(Tenant tenant) {
        return JsonObject.of("id", tenant.id().value(), "name", tenant.name(), "createdAt", time(tenant.createdAt()));
    }

    public static JsonObject apiKey(ApiKey key) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", key.id());
        key.tenant().ifPresent(tenant -> members.put("tenant", tenant.value()));
        members.put("name", key.name());
        members.put("prefix", key.prefix());
        members.put("scopes", key.scopes().stream().map(Scope::word).toList());
        putAgents(members, key.reach());
        members.put("createdAt", time(key.createdAt()));
        putTime(members, "expiresAt", key.expiresAt());
        putTime(members, "revokedAt", key.revokedAt());
        key.user().ifPresent(user -> members.put("user", user));
        putTime(members, "lastUsedAt", key.lastUsedAt());
        members.put("principal", key.user().orElse(key.principal()));
        return object(members);
    }

    public static JsonObject user(User user) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", user.id());
        members.put("kind", user.kind().name());
        user.tenant().ifPresent(tenant -> members.put("tenant", tenant.value()));
        members.put("name", user.name());
        members.put("etag", etag(user));
        user.email().ifPresent(email -> members.put("email", email));
        members.put("roles", List.copyOf(user.roles()));
        putAgents(members, user.reach());
        members.put("state", user.state().name());
        members.put("createdAt", time(user.createdAt()));
        return object(members);
    }

    /** The tag of what a user is given: its roles and agents, and whether it may use them. */
    public static String etag(User user) {
        return Preconditions.digest(
                user.state().name(),
                String.join(" ", user.roles()),
                user.reach().all() ? "" : String.join(" ", user.reach().written()));
    }

    public static JsonObject role(Role role) {
        return JsonObject.of(
                "name",
                role.name(),
                "etag",
                Preconditions.etag(role.revision()),
                "description",
                role.description(),
                "scopes",
                words(role.scopes()),
                "builtIn",
                role.builtIn());
    }

    /** The scopes that are confined, each with its agents and graphs. */
    public static JsonObject agents(Rights rights) {
        Map<String, Object> members = new LinkedHashMap<>();
        rights.reaches().forEach((scope, reach) -> {
            if (!reach.all()) {
                members.put(scope.word(), reach.written());
            }
        });
        return object(members);
    }

    /** The agents and graphs to which somebody is confined; nothing when it is to none. */
    public static void putAgents(Map<String, Object> members, Reach reach) {
        if (!reach.all()) {
            members.put("agents", reach.written());
        }
    }

    /** Scopes as the API writes them. */
    public static List<String> words(Collection<Scope> scopes) {
        return scopes.stream().map(Scope::word).toList();
    }

    public static JsonObject operation(Operation operation) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", operation.id());
        members.put("kind", operation.kind());
        members.put("subject", operation.subject());
        members.put("state", operation.state().name());
        members.put(
                "progress",
                JsonObject.of(
                        "done", operation.progress().done(),
                        "total", operation.progress().total(),
                        "message", operation.progress().message()));
        operation.result().ifPresent(result -> members.put("result", result));
        operation.failure().ifPresent(failure -> members.put("failure", failure.toJson()));
        members.put("createdAt", time(operation.createdAt()));
        putTime(members, "finishedAt", operation.finishedAt());
        return object(members);
    }

    public static void putTime(Map<String, Object> members, String name, Optional<Instant> time) {
        time.ifPresent(instant -> members.put(name, time(instant)));
    }

    public static JsonObject object(Map<String, Object> members) {
        return (JsonObject) dev.agentos.spi.JsonValue.of(members);
    }
}
