package dev.agentos.registrymodel;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many listings match a query, and how many there would be by each value of a facet if that one were chosen.
 *
 * @param total how many match
 * @param counts by facet and value; of a facet by which the query chooses, its choice left aside
 */
public record FacetCounts(long total, Map<Facet, Map<String, Long>> counts) {

    /** What is known of a registry that does not count. */
    public static final FacetCounts NONE = new FacetCounts(0, Map.of());

    public FacetCounts {
        Map<Facet, Map<String, Long>> copy = new TreeMap<>();
        counts.forEach((facet, values) -> copy.put(facet, Map.copyOf(values)));
        counts = copy;
    }

    /** These counts as JSON. */
    public JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("total", total);
        counts.forEach((facet, values) -> members.put(facet.word(), new TreeMap<>(values)));
        return (JsonObject) JsonValue.of(members);
    }

    /**
     * Reads what {@link #toJson()} wrote; unknown members are ignored.
     *
     * @throws IllegalArgumentException naming the member that is missing or wrong
     */
    public static FacetCounts fromJson(JsonObject json) {
        Map<Facet, Map<String, Long>> counts = new TreeMap<>();
        for (Facet facet : Facet.values()) {
            JsonObject values = json.object(facet.word()).orElse(JsonObject.EMPTY);
            Map<String, Long> numbers = new TreeMap<>();
            values.members().keySet().forEach(value -> numbers.put(value, Members.count(values, value)));
            counts.put(facet, numbers);
        }
        return new FacetCounts(Members.count(json, "total"), counts);
    }
}
