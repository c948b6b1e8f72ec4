package dev.agentos.http;

import dev.agentos.http.internal.Views;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The API keys of the caller's tenant, or of the platform when an administrator names none. */
@Path("api-keys")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class ApiKeysResource {

    private final ApiKeys apiKeys;

    @Inject
    ApiKeysResource(ApiKeys apiKeys) {
        this.apiKeys = apiKeys;
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
        Set<Scope> scopes = scopes(caller, fields.texts("scopes"));
        ApiKeys.Created created = apiKeys.create(caller.actingFor(), name, scopes, fields.time("expiresAt"));
        return Response.created(URI.create("/api/v1/api-keys/" + created.key().id()))
                .entity(Views.apiKey(created.key()).with("secret", created.secret()))
                .build();
    }

    /** Lists the keys. */
    @GET
    @RequiresScope(Scope.API_KEYS_READ)
    @Describes(id = "listApiKeys", summary = "List the API keys", response = "ApiKeyPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("api-keys", limit, cursor);
        return paging.answer(apiKeys.list(Caller.of(request).actingFor(), paging.request()), Views::apiKey);
    }

    /** Shows a key, without its secret. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.API_KEYS_READ)
    @Describes(id = "getApiKey", summary = "Show an API key, without its secret", response = "ApiKey")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return apiKeys.find(Caller.of(request).actingFor(), id)
                .map(Views::apiKey)
                .orElseThrow(() -> unknown(id));
    }

    /** Revokes a key. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.API_KEYS_WRITE)
    @Describes(id = "deleteApiKey", summary = "Revoke an API key", status = 204)
    public void revoke(@Context ContainerRequestContext request, @PathParam("id") String id) {
        if (!apiKeys.revoke(Caller.of(request).actingFor(), id)) {
            throw unknown(id);
        }
    }

    /** A key never gives away more than it holds itself. */
    private static Set<Scope> scopes(Caller caller, List<String> words) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String pointer = "/scopes/" + i;
            Scope scope = Scope.ofWord(word)
                    .orElseThrow(() -> InvalidInputException.of(
                            TenancyErrorCode.UNKNOWN_SCOPE,
                            pointer,
                            "There is no scope '" + word + "'.",
                            "Use the scopes that GET /openapi.json lists."));
            if (!caller.principal().scopes().contains(scope)) {
                throw new AgentOsException(
                        TenancyErrorCode.SCOPE_MISSING,
                        "The credential does not hold the scope '" + word + "' and cannot pass it on.",
                        "Leave it out, or use a key that holds it.");
            }
            scopes.add(scope);
        }
        if (scopes.isEmpty()) {
            throw Fields.invalid("scopes", "must name at least one scope");
        }
        return scopes;
    }

    private static AgentOsException unknown(String id) {
        return new AgentOsException(
                TenancyErrorCode.UNKNOWN_KEY,
                "There is no API key '" + id + "'.",
                "List the keys with GET /api/v1/api-keys.");
    }
}
