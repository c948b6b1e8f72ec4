package dev.agentos.http.internal;

import dev.agentos.limits.Limits;
import dev.agentos.limits.Price;
import dev.agentos.limits.Prices;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
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
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What models cost, as administrators of the platform say. A model's name has a slash, which is part of the path. */
@Path("prices")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class PricesResource {

    private static final int MAX_OUTPUT_TOKENS = 4096;

    private final Prices prices;

    @Inject
    public PricesResource(Limits limits) {
        this.prices = limits.prices();
    }

    /** Lists the prices. */
    @GET
    @RequiresScope(Scope.PRICES_READ)
    @Describes(id = "listPrices", summary = "List the prices that hold now, by model", response = "PricePage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("prices", limit, cursor)
                .answer(
                        prices.list(),
                        one -> one.price().model(),
                        one -> LimitViews.price(one.price(), one.revision()));
    }

    /** Shows the prices of a model. */
    @GET
    @Path("{model: .+}")
    @RequiresScope(Scope.PRICES_READ)
    @Describes(
            id = "getPrices",
            summary = "Show all prices that a model, or a pattern, has had and will have, the last first",
            response = "PricePage")
    public Response history(
            @PathParam("model") String model,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("prices-of-a-model", limit, cursor);
        List<Price> history = prices.require(model);
        long revision = Prices.revision(history);
        return Preconditions.tagged(
                paging.answer(
                        paging.page(
                                history,
                                price -> Views.time(price.from())
                                        + String.format(Locale.ROOT, "%019d", price.revision()),
                                Comparator.reverseOrder()),
                        price -> LimitViews.price(price, revision)),
                revision);
    }

    /** Sets a price. */
    @PUT
    @Path("{model: .+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PRICES_WRITE)
    @Describes(
            id = "putPrice",
            summary = "Set what a model costs, or all whose names begin so (provider/*), from now or from a time on;"
                    + " earlier prices stay in the history. Takes If-Match when one was set",
            request = "PricePut",
            response = "Price")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("model") String model,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "PricePut");
        Price.Rates rates = new Price.Rates(
                LimitViews.decimal("input", fields.requiredText("input", 40)),
                LimitViews.decimal("output", fields.requiredText("output", 40)),
                fields.requiredText("currency", 3),
                fields.integer("maxOutputTokens", 1, 10_000_000).orElse(MAX_OUTPUT_TOKENS));
        Optional<Instant> from = fields.time("from");
        long seen = Preconditions.seen(ifMatch, Prices.revision(prices.history(model)), false);
        Price price = prices.put(
                model, rates, from, seen, Caller.of(request).principal().id());
        return Preconditions.tagged(LimitViews.price(price, price.revision()), price.revision());
    }

    /** Forgets a price. */
    @DELETE
    @Path("{model: .+}")
    @RequiresScope(Scope.PRICES_WRITE)
    @Describes(
            id = "deletePrice",
            summary = "From now on the price is unknown, and budgets of money refuse the model; the history stays."
                    + " Takes If-Match",
            status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("model") String model,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        long seen = Preconditions.removed(ifMatch, Prices.revision(prices.require(model)));
        prices.remove(model, seen, Caller.of(request).principal().id());
    }
}
