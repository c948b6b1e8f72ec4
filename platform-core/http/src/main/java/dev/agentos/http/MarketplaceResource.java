package dev.agentos.http;

import dev.agentos.http.internal.PluginViews;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.internal.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The marketplace as its registry shows it. */
@Path("marketplace/listings")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class MarketplaceResource {

    private final RegistryClient registry;
    private final SemanticVersion server;

    @Inject
    MarketplaceResource(Marketplace marketplace, HttpConfig config) {
        this.registry = marketplace.registry();
        this.server = SemanticVersion.parse(config.version());
    }

    /** The registry, under a name of its own class by which it is injected. */
    record Marketplace(RegistryClient registry) {}

    /** Searches the listings. */
    @GET
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(id = "listListings", summary = "Search the marketplace", response = "ListingPage")
    public JsonObject search(
            @QueryParam("q") @Nullable String text,
            @QueryParam("category") @Nullable String category,
            @QueryParam("tag") @Nullable String tag,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        if (text != null && text.length() > ListingQuery.MAX_TEXT) {
            throw Fields.invalid("q", "has more than " + ListingQuery.MAX_TEXT + " characters");
        }
        Paging paging = Paging.of("listings", limit, cursor);
        ListingQuery query = new ListingQuery(
                Optional.ofNullable(text), Optional.ofNullable(category), Optional.ofNullable(tag), paging.request());
        return paging.answer(registry.search(query), Listing::toJson);
    }

    /** Shows a listing. */
    @GET
    @Path("{slug}")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(id = "getListing", summary = "Show a listing of the marketplace", response = "Listing")
    public JsonObject find(@PathParam("slug") String slug) {
        return require(slug).toJson();
    }

    /** Lists the releases of a listing. */
    @GET
    @Path("{slug}/releases")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(
            id = "listReleases",
            summary = "List the releases of a listing, and whether each runs on this server",
            response = "ReleasePage")
    public JsonObject releases(@PathParam("slug") String slug) {
        require(slug);
        return Views.page(registry.releases(slug).stream().map(this::release).toList());
    }

    private Listing require(String slug) {
        return registry.listing(slug)
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.LISTING_NOT_FOUND,
                        "There is no listing '" + slug + "' in the marketplace.",
                        "Search the listings with GET /api/v1/marketplace/listings."));
    }

    private JsonObject release(Release release) {
        return release.toJson()
                .with(
                        "permissions",
                        release.permissions().stream()
                                .map(PluginViews::permission)
                                .toList())
                .with("compatible", release.runsOn(server));
    }
}
