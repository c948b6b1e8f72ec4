package dev.agentos.limits;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Revisions;
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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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

    /**
     * A price in force.
     *
     * @param price which
     * @param revision of all that was set for its model
     */
    public record Current(Price price, long revision) {}

    /** The prices in force, by model. */
    public List<Current> list() {
        List<Price> all = known;
        Map<String, List<Price>> histories = all.stream().collect(Collectors.groupingBy(Price::model));
        return inForce(all).stream()
                .map(price -> new Current(price, revision(histories.getOrDefault(price.model(), List.of()))))
                .toList();
    }

    /** The revision of what was set for a model: that of the price that was set last. */
    public static long revision(List<Price> history) {
        return history.stream().mapToLong(Price::revision).max().orElse(Revisions.NONE);
    }

    private List<Price> inForce(List<Price> all) {
        Instant now = clock.instant();
        List<Price> current = new ArrayList<>();
        for (Price price : all) {
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
     * All prices that one model or pattern ever had, and those that will begin, the last first, as it is now, also when
     * another server has just set one.
     */
    public List<Price> history(String model) {
        refresh();
        return known.stream()
                .filter(price -> price.model().equals(model))
                .toList()
                .reversed();
    }

    /** The same where there was ever one; {@code limits:UNKNOWN_PRICE}. */
    public List<Price> require(String model) {
        List<Price> all = history(model);
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
     * @param seen the revision of what was set before, as it was seen
     * @param by the id of the principal
     * @throws InvalidInputException {@code limits:INVALID_PRICE}
     * @throws AgentOsException {@code server:PRECONDITION_FAILED}
     */
    public Price put(String model, Price.Rates rates, Optional<Instant> from, long seen, String by) {
        return add(new Price(model, from.orElseGet(clock::instant), Optional.of(rates), by, seen + 1));
    }

    /** From now on the price is not known; what was paid stays. Fails as {@link #require} and {@link #put}. */
    public void remove(String model, long seen, String by) {
        require(model);
        add(new Price(model, clock.instant(), Optional.empty(), by, seen + 1));
    }

    /** None is ever removed: the next revision is there as soon as anybody has set anything. */
    private Price add(Price price) {
        boolean added = store.add(price);
        refresh();
        if (!added) {
            throw Revisions.changed("The price of '" + price.model() + "'");
        }
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
                        Price.SEED,
                        Revisions.NONE));
            }
            return List.copyOf(seeds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
