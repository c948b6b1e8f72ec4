package dev.agentos.http.internal;

import dev.agentos.limits.Limits;
import dev.agentos.limits.Price;
import dev.agentos.limits.Prices;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.internal.RecordsChanges;
import dev.agentos.web.internal.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

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
    public JsonObject list() {
        return Views.page(prices.list().stream().map(LimitViews::price).toList());
    }

    /** Shows the prices of a model. */
    @GET
    @Path("{model: .+}")
    @RequiresScope(Scope.PRICES_READ)
    @Describes(
            id = "getPrices",
            summary = "Show all prices that a model, or a pattern, has had and will have, the last first",
            response = "PricePage")
    public JsonObject history(@PathParam("model") String model) {
        return Views.page(prices.history(model).stream().map(LimitViews::price).toList());
    }

    /** Sets a price. */
    @PUT
    @Path("{model: .+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PRICES_WRITE)
    @Describes(
            id = "putPrice",
            summary = "Set what a model costs, or all whose names begin so (provider/*), from now or from a time on;"
                    + " earlier prices stay in the history",
            request = "PricePut",
            response = "Price")
    public JsonObject put(@Context ContainerRequestContext request, @PathParam("model") String model, JsonObject body) {
        Fields fields = Fields.of(body, "PricePut");
        Price.Rates rates = new Price.Rates(
                LimitViews.decimal("input", fields.requiredText("input", 40)),
                LimitViews.decimal("output", fields.requiredText("output", 40)),
                fields.requiredText("currency", 3),
                fields.integer("maxOutputTokens", 1, 10_000_000).orElse(MAX_OUTPUT_TOKENS));
        return LimitViews.price(prices.put(
                model,
                rates,
                fields.time("from"),
                Caller.of(request).principal().id()));
    }

    /** Forgets a price. */
    @DELETE
    @Path("{model: .+}")
    @RequiresScope(Scope.PRICES_WRITE)
    @Describes(
            id = "deletePrice",
            summary = "From now on the price is unknown, and budgets of money refuse the model; the history stays",
            status = 204)
    public void delete(@Context ContainerRequestContext request, @PathParam("model") String model) {
        prices.remove(model, Caller.of(request).principal().id());
    }
}
