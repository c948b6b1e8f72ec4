package dev.agentos.limits;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The price table: what the product brings, and over it what administrators of the platform set. Of those that cover a
 * model the most exact holds, of several of the same model the one that began last. All of it is in memory.
 */
public final class Prices {

    private static final List<Price> SEEDS = seeds();

    private final PriceStore store;
    private final InstantSource clock;
    private volatile List<Price> known = SEEDS;

    /** Prices kept in that store. */
    public Prices(PriceStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Reads again what was set. */
    void refresh() {
        List<Price> all = new ArrayList<>(SEEDS);
        all.addAll(store.prices());
        // Stable: of two with the same beginning the one that was set later comes later, and wins.
        all.sort(Comparator.comparing(Price::from));
        known = List.copyOf(all);
    }

    /** What a model costs now; empty when nobody has said. */
    public Optional<Price.Rates> find(String model) {
        Instant now = clock.instant();
        Price best = null;
        for (Price price : known) {
            if (price.covers(model)
                    && !price.from().isAfter(now)
                    && (best == null || exactness(price) >= exactness(best))) {
                best = price;
            }
        }
        return Optional.ofNullable(best).flatMap(Price::rates);
    }

    private static int exactness(Price price) {
        return price.model().endsWith("*") ? price.model().length() - 1 : Integer.MAX_VALUE;
    }

    /** The prices in force, by model. */
    public List<Price> list() {
        Instant now = clock.instant();
        List<Price> current = new ArrayList<>();
        for (Price price : known) {
            if (!price.from().isAfter(now)) {
                current.removeIf(other -> other.model().equals(price.model()));
                current.add(price);
            }
        }
        current.removeIf(price -> price.rates().isEmpty());
        current.sort(Comparator.comparing(Price::model));
        return current;
    }

    /**
     * All prices that one model or pattern ever had, and those that will begin, the last first.
     *
     * @throws AgentOsException {@code limits:UNKNOWN_PRICE} when there was never one
     */
    public List<Price> history(String model) {
        List<Price> all = known.stream()
                .filter(price -> price.model().equals(model))
                .toList()
                .reversed();
        if (all.isEmpty()) {
            throw new AgentOsException(
                    LimitsErrorCode.UNKNOWN_PRICE,
                    "There is no price for '" + model + "'.",
                    "GET /api/v1/prices lists them; PUT sets one.");
        }
        return all;
    }

    /**
     * Sets what a model costs.
     *
     * @param from when it begins; now when empty
     * @param by the id of the principal
     * @throws InvalidInputException {@code limits:INVALID_PRICE}
     */
    public Price put(String model, Price.Rates rates, Optional<Instant> from, String by) {
        return add(new Price(model, from.orElseGet(clock::instant), Optional.of(rates), by));
    }

    /** From now on the price is not known; what was paid stays. Fails as {@link #history}. */
    public void remove(String model, String by) {
        history(model);
        add(new Price(model, clock.instant(), Optional.empty(), by));
    }

    private Price add(Price price) {
        store.add(price);
        refresh();
        return price;
    }

    static InvalidInputException invalid(String pointer, String message) {
        return InvalidInputException.of(
                LimitsErrorCode.INVALID_PRICE, pointer, message, "Correct it, as docs/how-to/set-a-budget.md shows.");
    }

    private static List<Price> seeds() {
        try (InputStream in = Prices.class.getResourceAsStream("prices.json")) {
            if (in == null) {
                throw new IllegalStateException("prices.json is missing");
            }
            JsonObject document = Json.parseObject(in);
            Instant from = Instant.parse(document.text("from").orElseThrow());
            String currency = document.text("currency").orElseThrow();
            List<Price> seeds = new ArrayList<>();
            for (JsonValue item : document.array("prices").orElseThrow()) {
                JsonObject price = (JsonObject) item;
                seeds.add(new Price(
                        price.text("model").orElseThrow(),
                        from,
                        Optional.of(new Price.Rates(
                                new BigDecimal(price.text("input").orElseThrow()),
                                new BigDecimal(price.text("output").orElseThrow()),
                                currency,
                                price.number("maxOutputTokens")
                                        .orElseThrow()
                                        .value()
                                        .intValueExact())),
                        Price.SEED));
            }
            return List.copyOf(seeds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
