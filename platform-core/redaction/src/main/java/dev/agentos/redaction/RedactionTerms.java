package dev.agentos.redaction;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be replaced, and by what.
 *
 * @param detectors names of {@link Detectors#names}
 * @param expressions patterns by the name that they are replaced under, as in {@code customer: KD-[0-9]{6}}
 * @param mode by what
 */
public record RedactionTerms(List<String> detectors, Map<String, String> expressions, RedactionMode mode) {

    /** How long something that an expression finds can be, in characters. */
    public static final int LONGEST_FIND = 256;

    /**
     * Terms that can be searched for.
     *
     * @throws IllegalArgumentException for a detector that there is not
     * @throws PatternFaultException for an expression that cannot be used
     */
    public RedactionTerms {
        detectors = List.copyOf(detectors);
        expressions = Collections.unmodifiableMap(new LinkedHashMap<>(expressions));
        for (String name : detectors) {
            if (Detectors.named(name).isEmpty()) {
                throw new IllegalArgumentException("There is no detector '" + name + "'");
            }
        }
        expressions.values().forEach(RedactionTerms::check);
    }

    /** Checks an expression; {@link PatternFaultException} says what is wrong with it. */
    public static void check(String expression) {
        LinearPattern.check(expression);
    }

    /** All detectors of keys and passwords, masked. */
    public static RedactionTerms credentials() {
        return new RedactionTerms(List.of(Detectors.CREDENTIALS), Map.of(), RedactionMode.MASK);
    }

    /** As it is written. */
    public JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("detectors", detectors);
        if (!expressions.isEmpty()) {
            members.put("expressions", expressions);
        }
        members.put("mode", mode.name());
        return (JsonObject) JsonValue.of(members);
    }
}
