package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.redaction.Detectors;
import dev.agentos.redaction.PatternFaultException;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what a rule replaces. */
final class RedactionReader {

    private static final int MOST_EXPRESSIONS = 20;
    private static final Set<String> MEMBERS = Set.of("detectors", "expressions", "mode");

    private final String at;
    private final List<Fault> faults;

    private RedactionReader(String at, List<Fault> faults) {
        this.at = at;
        this.faults = faults;
    }

    /** The terms; empty when there are faults, which are added. */
    static Optional<RedactionTerms> read(JsonObject json, String at, List<Fault> faults) {
        int before = faults.size();
        RedactionReader reader = new RedactionReader(at, faults);
        json.members().keySet().stream()
                .filter(name -> !MEMBERS.contains(name))
                .forEach(name ->
                        reader.fault("/" + Fault.escape(name), "There are detectors, expressions and mode here."));
        List<String> detectors = reader.detectors(json);
        Map<String, String> expressions = reader.expressions(json);
        Optional<RedactionMode> mode = reader.mode(json);
        if (faults.size() == before && detectors.isEmpty() && expressions.isEmpty()) {
            reader.fault("", "Nothing is replaced: name detectors, or write expressions.");
        }
        return faults.size() > before
                ? Optional.empty()
                : Optional.of(new RedactionTerms(detectors, expressions, mode.orElse(RedactionMode.MASK)));
    }

    private List<String> detectors(JsonObject json) {
        List<String> names = new ArrayList<>();
        if (json.member("detectors").isPresent() && json.array("detectors").isEmpty()) {
            fault("/detectors", "'detectors' is an array of names.");
        }
        int position = 0;
        for (JsonValue item : json.array("detectors").orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonString(String name) && Detectors.names().contains(name)) {
                names.add(name);
            } else {
                fault(
                        "/detectors/" + position,
                        "There is no such detector; there are " + String.join(", ", Detectors.names()) + ".");
            }
            position++;
        }
        return names.stream().distinct().toList();
    }

    private Map<String, String> expressions(JsonObject json) {
        Map<String, String> expressions = new LinkedHashMap<>();
        if (json.member("expressions").isPresent() && json.object("expressions").isEmpty()) {
            fault("/expressions", "'expressions' is an object: patterns by the name that they are replaced under.");
        }
        JsonObject written = json.object("expressions").orElse(JsonObject.EMPTY);
        if (written.members().size() > MOST_EXPRESSIONS) {
            fault("/expressions", "A rule has at most " + MOST_EXPRESSIONS + " expressions.");
            return expressions;
        }
        written.members().forEach((name, value) -> {
            String pointer = "/expressions/" + Fault.escape(name);
            if (!name.matches("[a-z][a-z-]{0,30}") || Detectors.names().contains(name)) {
                fault(pointer, "An expression's name is 1 to 31 lower-case letters and hyphens, and no detector's.");
            } else if (value instanceof JsonString(String pattern) && pattern.length() <= PolicyDocument.LONGEST_TEXT) {
                check(pattern).ifPresent(problem -> fault(pointer, "The pattern cannot be used: " + problem + "."));
                expressions.put(name, pattern);
            } else {
                fault(pointer, "A pattern is text of at most " + PolicyDocument.LONGEST_TEXT + " characters.");
            }
        });
        return expressions;
    }

    private static Optional<String> check(String pattern) {
        try {
            RedactionTerms.check(pattern);
            return Optional.empty();
        } catch (PatternFaultException e) {
            return Optional.of(e.getMessage());
        }
    }

    private Optional<RedactionMode> mode(JsonObject json) {
        Optional<JsonValue> value = json.member("mode");
        Optional<RedactionMode> mode = Arrays.stream(RedactionMode.values())
                .filter(one -> value.filter(new JsonString(one.name())::equals).isPresent())
                .findFirst();
        if (value.isPresent() && mode.isEmpty()) {
            fault("/mode", "'mode' is none of MASK, HASH, TOKENISE, DROP.");
        }
        return mode;
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(at + pointer, PolicyErrorCode.INVALID_POLICY.code(), message));
    }
}
