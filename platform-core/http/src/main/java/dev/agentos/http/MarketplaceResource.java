package dev.agentos.http;

import dev.agentos.http.internal.PluginViews;
import dev.agentos.kernel.Latest;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registryclient.RegistryClient.Before;
import dev.agentos.registrymodel.Facet;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Scope;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The marketplace as its registry shows it. When the registry does not answer, what it said before is shown, and since
 * when that is old: to look is still possible then, to install is not.
 */
@Path("marketplace")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class MarketplaceResource {

    private static final Comparator<String> NEWEST_FIRST = Comparator.<String, SemanticVersion>comparing(
                    SemanticVersion::parse)
            .reversed();

    private static final int MOST_REMEMBERED = 200;

    private final Marketplace marketplace;
    private final SemanticVersion server;
    private final Map<List<Object>, Before<JsonObject>> answers = new Latest<>(MOST_REMEMBERED);

    @Inject
    MarketplaceResource(Marketplace marketplace, HttpConfig config) {
        this.marketplace = marketplace;
        this.server = SemanticVersion.parse(config.version());
    }

    /** The registry, which plugins of it are there, and the time, under a name of its own by which it is injected. */
    record Marketplace(RegistryClient registry, PluginService plugins, InstantSource clock) {}

    /** Searches the listings. */
    @GET
    @Path("listings")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(
            id = "listListings",
            summary = "Search the marketplace, by words and by what plugins are",
            response = "ListingPage")
    public JsonObject search(
            @Context ContainerRequestContext request,
            @QueryParam("q") @Nullable String text,
            @QueryParam("category") @Nullable String category,
            @QueryParam("tag") @Nullable String tag,
            @QueryParam("publisher") @Nullable String publisher,
            @QueryParam("risk") @Nullable String risk,
            @QueryParam("permission") @Nullable String permission,
            @QueryParam("installed") @Nullable String installed,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("listings", limit, cursor);
        ListingQuery query =
                query(text, category, tag, publisher, risk, permission).at(paging.request());
        ListingQuery wanted = installed == null
                ? query
                : query.among(
                        new ListingQuery.Among(installedIds(request), PluginInstalls.flag("installed", installed)));
        return remembered(
                List.of("search", wanted), registry -> paging.answer(registry.search(wanted), Listing::toJson));
    }

    /** Counts the listings. */
    @GET
    @Path("facets")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(
            id = "countListings",
            summary = "Count the listings that a search finds, by each thing by which it can be narrowed",
            response = "ListingFacets")
    public JsonObject facets(
            @Context ContainerRequestContext request,
            @QueryParam("q") @Nullable String text,
            @QueryParam("category") @Nullable String category,
            @QueryParam("tag") @Nullable String tag,
            @QueryParam("publisher") @Nullable String publisher,
            @QueryParam("risk") @Nullable String risk,
            @QueryParam("permission") @Nullable String permission,
            @QueryParam("installed") @Nullable String installed) {
        ListingQuery query = query(text, category, tag, publisher, risk, permission);
        boolean knows =
                installed != null || Caller.of(request).principal().scopes().contains(Scope.PLUGINS_READ);
        if (!knows) {
            return remembered(List.of("facets", query), registry -> counted(registry.facets(query)));
        }
        Set<String> ids = installedIds(request);
        Optional<Boolean> chosen = Optional.ofNullable(installed).map(value -> PluginInstalls.flag("installed", value));
        Function<RegistryClient, JsonObject> withInstalled = registry -> {
            FacetCounts there = registry.facets(query.among(new ListingQuery.Among(ids, true)));
            FacetCounts away = registry.facets(query.among(new ListingQuery.Among(ids, false)));
            FacetCounts shown = chosen.map(wanted -> wanted ? there : away).orElseGet(() -> registry.facets(query));
            return counted(shown).with("installed", values(Map.of("true", there.total(), "false", away.total())));
        };
        try {
            return remembered(List.of("facets", query, ids, chosen), withInstalled);
        } catch (AgentOsException e) {
            if (e.errorCode() != RegistryErrorCode.UNAVAILABLE || chosen.isPresent()) {
                throw e;
            }
            // What was installed or removed since then changes this question, and the other counts are known all the
            // same.
            return remembered(List.of("facets", query), registry -> counted(registry.facets(query)));
        }
    }

    /** Shows a listing. */
    @GET
    @Path("listings/{slug}")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(id = "getListing", summary = "Show a listing of the marketplace", response = "Listing")
    public JsonObject find(@PathParam("slug") String slug) {
        return remembered(
                List.of("listing", slug), registry -> require(registry, slug).toJson());
    }

    /** Shows what a release says of itself. */
    @GET
    @Path("listings/{slug}/readme")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(
            id = "getListingReadme",
            summary = "Show what a release says of itself, in Markdown of its author; the latest when none is named",
            response = "Readme")
    public JsonObject readme(@PathParam("slug") String slug, @QueryParam("version") @Nullable String version) {
        return remembered(List.of("readme", slug, Optional.ofNullable(version)), registry -> {
            String wanted = Optional.ofNullable(version)
                    .orElseGet(() -> require(registry, slug).latestVersion().toString());
            Release release = registry.releases(slug).stream()
                    .filter(one -> one.version().toString().equals(wanted))
                    .findFirst()
                    .orElseThrow(() -> new AgentOsException(
                            RegistryErrorCode.RELEASE_NOT_FOUND,
                            "The marketplace has no release '" + wanted + "' of '" + slug + "'.",
                            "List the releases with GET /api/v1/marketplace/listings/{slug}/releases."));
            return PluginViews.readme(wanted, registry.readme(release));
        });
    }

    /** Lists the releases of a listing. */
    @GET
    @Path("listings/{slug}/releases")
    @RequiresScope(Scope.MARKETPLACE_READ)
    @Describes(
            id = "listReleases",
            summary = "List the releases of a listing, and whether each runs on this server",
            response = "ReleasePage")
    public JsonObject releases(
            @PathParam("slug") String slug,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("releases", limit, cursor);
        return remembered(List.of("releases", slug, paging.request()), registry -> {
            require(registry, slug);
            return paging.answer(
                    paging.page(registry.releases(slug), one -> one.version().toString(), NEWEST_FIRST), this::release);
        });
    }

    private static ListingQuery query(
            @Nullable String text,
            @Nullable String category,
            @Nullable String tag,
            @Nullable String publisher,
            @Nullable String risk,
            @Nullable String permission) {
        if (text != null && text.length() > ListingQuery.MAX_TEXT) {
            throw Fields.invalid("q", "has more than " + ListingQuery.MAX_TEXT + " characters");
        }
        Map<Facet, String> facets = new EnumMap<>(Facet.class);
        choose(facets, Facet.CATEGORY, category);
        choose(facets, Facet.TAG, tag);
        choose(facets, Facet.RISK, risk);
        choose(facets, Facet.PERMISSION, permission);
        // The empty one is a value: nobody is named.
        Optional.ofNullable(publisher).ifPresent(name -> facets.put(Facet.PUBLISHER, name));
        return ListingQuery.ALL.with(Optional.ofNullable(text).filter(words -> !words.isBlank()), facets);
    }

    private static void choose(Map<Facet, String> facets, Facet facet, @Nullable String value) {
        Optional.ofNullable(value).filter(word -> !word.isBlank()).ifPresent(word -> facets.put(facet, word));
    }

    /** Which plugins are there is for those who may see them. */
    private Set<String> installedIds(ContainerRequestContext request) {
        Caller.of(request).principal().require(Scope.PLUGINS_READ);
        return marketplace.plugins().list().stream()
                .map(plugin -> plugin.plugin().plugin())
                .collect(Collectors.toSet());
    }

    private static JsonObject counted(FacetCounts counts) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("total", counts.total());
        for (Facet facet : Facet.values()) {
            members.put(facet.word(), values(counts.counts().getOrDefault(facet, Map.of())));
        }
        return Views.object(members);
    }

    /** The most frequent first. */
    private static JsonValue values(Map<String, Long> counts) {
        return JsonValue.of(counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(entry -> JsonObject.of("value", entry.getKey(), "count", entry.getValue()))
                .toList());
    }

    /** What the registry says, else what it said: to this process, or to one before. */
    private JsonObject remembered(List<Object> question, Function<RegistryClient, JsonObject> asked) {
        RegistryClient registry = marketplace.registry();
        try {
            JsonObject answer = asked.apply(registry);
            synchronized (answers) {
                answers.put(question, new Before<>(answer, marketplace.clock().instant()));
            }
            return answer;
        } catch (AgentOsException e) {
            if (e.errorCode() != RegistryErrorCode.UNAVAILABLE) {
                throw e;
            }
            Optional<Before<JsonObject>> before;
            synchronized (answers) {
                before = Optional.ofNullable(answers.get(question));
            }
            return before.or(() -> registry.before(asked))
                    .map(told -> told.answer().with("staleSince", Views.time(told.at())))
                    .orElseThrow(() -> e);
        }
    }

    private static Listing require(RegistryClient registry, String slug) {
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
