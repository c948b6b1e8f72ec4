package dev.agentos.http.catalog;

import dev.agentos.invocation.TenantPlugins;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.Tool;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the started plugins offer to graphs and agents. */
@Path("")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class CatalogResource {

    private final ExtensionRegistry extensions;
    private final TenantPlugins tenants;

    /** The resource of what these offer. */
    @Inject
    public CatalogResource(PluginService plugins, TenantPlugins tenants) {
        this.extensions = plugins.extensions();
        this.tenants = tenants;
    }

    /** The extensions that the caller's tenant may use; all of them for an administrator who names no tenant. */
    private List<ExtensionListing> offered(ContainerRequestContext request, Class<? extends ExtensionPoint> point) {
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        return extensions.list(point).stream()
                .filter(listing -> tenant.isEmpty()
                        || tenants.enabled(
                                tenant.get().value(), listing.plugin().plugin()))
                .toList();
    }

    /** Lists the tools. */
    @GET
    @Path("tools")
    @RequiresScope(Scope.AGENTS_READ)
    @Describes(id = "listTools", summary = "List the tools that plugins offer", response = "ToolPage")
    public JsonObject tools(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        List<JsonObject> items = new ArrayList<>();
        for (ExtensionListing listing : offered(request, Tool.class)) {
            if (listing.description() instanceof ExtensionListing.OfTool(var tool)) {
                items.add(JsonObject.of(
                        "name", tool.name(),
                        "description", tool.description(),
                        "inputSchema", tool.inputSchema(),
                        "effect", tool.effect().name(),
                        "plugin", plugin(listing.plugin())));
            }
        }
        return page("tools", limit, cursor, items);
    }

    /** Lists the models. */
    @GET
    @Path("models")
    @RequiresScope(Scope.AGENTS_READ)
    @Describes(id = "listModels", summary = "List the models that providers offer", response = "ModelPage")
    public JsonObject models(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        List<JsonObject> items = new ArrayList<>();
        for (ExtensionListing listing : offered(request, ModelProvider.class)) {
            if (listing.description() instanceof ExtensionListing.OfModels(String provider, var models, var facts)) {
                models.forEach(model -> items.add(declared(
                        listing,
                        model.id(),
                        JsonObject.of(
                                "id",
                                provider + "/" + model.id(),
                                "provider",
                                provider,
                                "kind",
                                "chat",
                                "description",
                                model.description(),
                                "contextTokens",
                                model.contextTokens(),
                                "tools",
                                model.tools()))));
            }
        }
        for (ExtensionListing listing : offered(request, EmbeddingProvider.class)) {
            if (listing.description()
                    instanceof ExtensionListing.OfEmbeddings(String provider, var models, var facts)) {
                models.forEach(model -> items.add(declared(
                        listing,
                        model.id(),
                        JsonObject.of(
                                "id",
                                provider + "/" + model.id(),
                                "provider",
                                provider,
                                "kind",
                                "embedding",
                                "description",
                                model.description(),
                                "dimensions",
                                model.dimensions()))));
            }
        }
        return page("models", limit, cursor, items);
    }

    private static JsonObject declared(ExtensionListing listing, String model, JsonObject view) {
        DeclaredFacts facts = listing.description().facts(model);
        return facts.equals(DeclaredFacts.NONE)
                ? view
                : view.with(
                        "declared",
                        JsonObject.of(
                                "region", facts.region(),
                                "country", facts.country(),
                                "retention", facts.retention()));
    }

    /** Lists the providers. */
    @GET
    @Path("providers")
    @RequiresScope(Scope.AGENTS_READ)
    @Describes(id = "listProviders", summary = "List the providers of models", response = "ProviderPage")
    public JsonObject providers(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        List<JsonObject> items = new ArrayList<>();
        offered(request, ModelProvider.class).forEach(listing -> items.add(provider(listing, "chat")));
        offered(request, EmbeddingProvider.class).forEach(listing -> items.add(provider(listing, "embedding")));
        return page("providers", limit, cursor, items);
    }

    /** By name, and by what else tells one from the other. */
    private static JsonObject page(
            String list, @Nullable String limit, @Nullable String cursor, List<JsonObject> items) {
        return Paging.of(list, limit, cursor)
                .answer(
                        items,
                        item -> Stream.of("name", "id", "kind")
                                        .flatMap(name -> item.text(name).stream())
                                        .collect(Collectors.joining("\n"))
                                + item.object("plugin")
                                        .flatMap(plugin -> plugin.text("id"))
                                        .map(id -> "\n" + id)
                                        .orElse(""),
                        Function.identity());
    }

    private static JsonObject provider(ExtensionListing listing, String kind) {
        return JsonObject.of("id", listing.description().name(), "kind", kind, "plugin", plugin(listing.plugin()));
    }

    private static JsonObject plugin(PluginVersion plugin) {
        return JsonObject.of("id", plugin.plugin(), "version", plugin.version());
    }
}
