package dev.agentos.http;

import dev.agentos.invocation.InvocationErrorCode;
import dev.agentos.invocation.TenantPlugin;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Plugins as a tenant has set them. Configuration and secrets are the tenant's own; whether it may use a plugin, and
 * how much, only an administrator of the platform says. A secret goes in and never comes out.
 */
@Path("tenants/{tenant}/plugins")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class TenantPluginsResource {

    private final TenantPlugins plugins;
    private final Tenants tenants;

    @Inject
    TenantPluginsResource(TenantPlugins plugins, Tenants tenants) {
        this.plugins = plugins;
        this.tenants = tenants;
    }

    /** Lists the plugins. */
    @GET
    @RequiresScope(Scope.PACKS_READ)
    @Describes(
            id = "listTenantPlugins",
            summary = "List the plugins and what the tenant has set for them",
            response = "TenantPluginPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("tenant-plugins", limit, cursor)
                .answer(
                        plugins.list(tenant(request, tenant)),
                        one -> one.plugin().plugin().plugin(),
                        this::view);
    }

    /** Shows a plugin. */
    @GET
    @Path("{plugin}")
    @RequiresScope(Scope.PACKS_READ)
    @Describes(
            id = "getTenantPlugin",
            summary = "Show a plugin and what the tenant has set for it; secrets by their names",
            response = "TenantPlugin")
    public Response find(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @PathParam("plugin") String plugin) {
        return answer(plugins.find(tenant(request, tenant), plugin));
    }

    /** Sets what is named. */
    @PUT
    @Path("{plugin}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PACKS_WRITE)
    @Describes(
            id = "putTenantPlugin",
            summary = "Set a plugin's configuration and secrets for a tenant, and, as an administrator of the platform,"
                    + " whether and how much the tenant may use it; what is left out stays. Takes If-Match",
            request = "TenantPluginPut",
            response = "TenantPlugin")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @PathParam("plugin") String plugin,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "TenantPluginPut");
        String owner = tenant(request, tenant);
        if (fields.has("enabled") || fields.has("limits")) {
            requirePlatform(Caller.of(request));
        }
        TenantPlugins.View before = plugins.find(owner, plugin);
        boolean dryRun = fields.flag("dryRun");
        Optional<Long> expected =
                Preconditions.expected(ifMatch, etag(before), before.settings().revision(), dryRun);
        return answer(plugins.set(owner, plugin, change(request, fields), expected, dryRun));
    }

    private static TenantPlugins.Change change(ContainerRequestContext request, Fields fields) {
        Map<String, Optional<String>> secrets = new LinkedHashMap<>();
        fields.object("secrets")
                .members()
                .forEach((name, value) -> secrets.put(
                        name,
                        switch (value) {
                            case JsonString(String text) -> Optional.of(text);
                            case JsonNull ignored -> Optional.empty();
                            default ->
                                throw Fields.invalid("secrets", "holds for '" + name + "' neither a string nor null");
                        }));
        return new TenantPlugins.Change(
                fields.has("enabled") ? Optional.of(fields.flag("enabled")) : Optional.empty(),
                fields.optionalObject("configuration"),
                secrets,
                fields.optionalObject("limits")
                        .map(limits -> new TenantPlugins.Limits(
                                Fields.of(limits, "TenantPluginLimits").integer("concurrentCalls", 1, 10_000))),
                Optional.of(Caller.of(request).principal().id()));
    }

    /** Forgets what is set. */
    @DELETE
    @Path("{plugin}")
    @RequiresScope(Scope.PACKS_WRITE)
    @Describes(
            id = "deleteTenantPlugin",
            summary = "Forget what is set for a tenant, its secrets included",
            status = 204)
    public void reset(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @PathParam("plugin") String plugin) {
        String owner = tenant(request, tenant);
        TenantPlugin before = plugins.find(owner, plugin).settings();
        if (!before.enabled() || before.concurrentCalls().isPresent()) {
            requirePlatform(Caller.of(request));
        }
        if (!plugins.reset(owner, plugin, before.revision())) {
            throw new AgentOsException(
                    InvocationErrorCode.NOTHING_SET,
                    "Nothing is set for the plugin '" + plugin + "' and this tenant, or it was changed just now.",
                    "Show what is set with GET /api/v1/tenants/self/plugins.");
        }
    }

    private static void requirePlatform(Caller caller) {
        if (!caller.principal().platform()) {
            throw new AgentOsException(
                    TenancyErrorCode.SCOPE_MISSING,
                    "Whether and how much a tenant may use a plugin is set by an administrator of the platform.",
                    "Ask one, or leave out 'enabled' and 'limits'.");
        }
    }

    private String tenant(ContainerRequestContext request, String tenant) {
        return Caller.of(request).tenant(tenants, tenant).value();
    }

    private static String etag(TenantPlugins.View view) {
        return Preconditions.etag(view.settings().revision());
    }

    private Response answer(TenantPlugins.View view) {
        return Preconditions.tagged(view(view), view.settings().revision());
    }

    private JsonObject view(TenantPlugins.View view) {
        TenantPlugin settings = view.settings();
        String id = view.plugin().plugin().plugin();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("version", view.plugin().plugin().version());
        members.put("enabled", settings.enabled());
        members.put("etag", etag(view));
        members.put("configuration", settings.configuration());
        members.put("configurationSchema", view.plugin().settings());
        members.put(
                "secrets",
                plugins.secrets(id).stream()
                        .map(name -> JsonObject.of(
                                "name", name, "set", settings.secrets().containsKey(name)))
                        .toList());
        JsonObject limits = settings.concurrentCalls()
                .map(calls -> JsonObject.of("concurrentCalls", calls))
                .orElse(JsonObject.EMPTY);
        members.put("limits", limits);
        return Views.object(members);
    }
}
