package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.kernel.Search;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.login.PermissionPreview;
import dev.agentos.web.login.ScopeFields;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The API keys of the caller's tenant, or of the platform when an administrator names none. */
@Path("api-keys")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges(personal = {"name"})
public final class ApiKeysResource {

    private static final Duration USUAL_OVERLAP = Duration.ofHours(24);

    private final ApiKeys apiKeys;
    private final PermissionPreview permissions;

    @Inject
    ApiKeysResource(ApiKeys apiKeys, PermissionPreview permissions) {
        this.apiKeys = apiKeys;
        this.permissions = permissions;
    }

    /** Makes a key. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.API_KEYS_WRITE)
    @Describes(
            id = "createApiKey",
            summary = "Make an API key; its secret is shown in this answer only",
            request = "ApiKeyCreate",
            response = "ApiKeyCreated",
            status = 201)
    public Response create(@Context ContainerRequestContext request, JsonObject body) {
        Caller caller = Caller.of(request);
        Fields fields = Fields.of(body, "ApiKeyCreate");
        String name = fields.requiredText("name", 200);
        Set<Scope> scopes = ScopeFields.scopes(fields);
        Reach reach = ScopeFields.reach(fields).orElse(Reach.ALL);
        caller.principal().requireToPassOn(Rights.of(scopes, reach));
        return created(apiKeys.create(
                caller.principal(),
                caller.actingFor(),
                name,
                scopes,
                reach,
                fields.time("expiresAt"),
                fields.text("user")));
    }

    private static Response created(ApiKeys.Created created) {
        return Response.created(URI.create("/api/v1/api-keys/" + created.key().id()))
                .entity(Views.apiKey(created.key()).with("secret", created.secret()))
                .build();
    }

    /** Lists the keys. */
    @GET
    @RequiresScope(Scope.API_KEYS_READ)
    @Describes(
            id = "listApiKeys",
            summary = "List the API keys; 'query' is a part of a name, a prefix or an id",
            response = "ApiKeyPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("query") @Nullable String query,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("api-keys", limit, cursor);
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        Reach reach = Caller.reach(request);
        Search search = Search.of(query);
        return paging.answer(
                AgentAccess.page(
                        paging.request(),
                        part -> apiKeys.list(tenant, search, part),
                        key -> key.reach().within(reach),
                        ApiKey::id),
                Views::apiKey);
    }

    /** Shows a key, without its secret. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.API_KEYS_READ)
    @Describes(id = "getApiKey", summary = "Show an API key, without its secret", response = "ApiKey")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return Views.apiKey(require(request, id));
    }

    /** Shows what a key may do. */
    @GET
    @Path("{id}/permissions")
    @RequiresScope(Scope.API_KEYS_READ)
    @Describes(
            id = "listApiKeyPermissions",
            summary = "Show what an API key may do now: its scopes, and the operations that they open",
            response = "Permissions")
    public JsonObject permissions(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return permissions.of(apiKeys.rights(require(request, id)));
    }

    /** Makes a key that takes the place of another. */
    @POST
    @Path("{id}/rotate")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.API_KEYS_WRITE)
    @Describes(
            id = "rotateApiKey",
            summary = "Make an API key like another one, which is accepted for a while beside it",
            request = "ApiKeyRotate",
            response = "ApiKeyCreated",
            status = 201)
    public Response rotate(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Caller caller = Caller.of(request);
        Duration overlap = Fields.of(body, "ApiKeyRotate")
                .text("overlap")
                .map(ApiKeysResource::overlap)
                .orElse(USUAL_OVERLAP);
        require(request, id);
        return created(apiKeys.rotate(caller.principal(), caller.actingFor(), id, overlap));
    }

    private static Duration overlap(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw Fields.invalid("overlap", "is not a duration of ISO 8601, as in PT24H");
        }
    }

    /** Revokes a key. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.API_KEYS_WRITE)
    @Describes(id = "deleteApiKey", summary = "Revoke an API key", status = 204)
    public void revoke(@Context ContainerRequestContext request, @PathParam("id") String id) {
        require(request, id);
        Caller caller = Caller.of(request);
        if (!apiKeys.revoke(caller.principal(), caller.actingFor(), id)) {
            throw unknown(id);
        }
    }

    /** A key of the tenant; for who is confined, one that is confined to no more. */
    private ApiKey require(ContainerRequestContext request, String id) {
        Reach reach = Caller.reach(request);
        return apiKeys.find(Caller.of(request).actingFor(), id)
                .filter(key -> key.reach().within(reach))
                .orElseThrow(() -> unknown(id));
    }

    private static AgentOsException unknown(String id) {
        return new AgentOsException(
                TenancyErrorCode.UNKNOWN_KEY,
                "There is no API key '" + id + "'.",
                "List the keys with GET /api/v1/api-keys.");
    }
}
