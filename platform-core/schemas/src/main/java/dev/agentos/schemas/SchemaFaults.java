package dev.agentos.schemas;

import com.networknt.schema.Error;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * Finds what is wrong with one schema: what the schema of schemas says; patterns that are none; references that lead
 * outside or nowhere, or round in a circle; ways that part so often that no check would end.
 */
final class SchemaFaults {

    private static final int MOST = 20;

    /** So many ways a schema may look at one and the same value. */
    private static final long MOST_WAYS = 10_000;

    private static final Set<String> REFERENCES = Set.of("$ref", "$dynamicRef", "$recursiveRef");
    private static final Set<String> ANCHORS = Set.of("$anchor", "$dynamicAnchor");

    /** Keywords with schemas by name, with several, and with one. */
    private static final Set<String> NAMED =
            Set.of("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions");

    private static final Set<String> SEVERAL = Set.of("allOf", "anyOf", "oneOf", "prefixItems", "items");
    private static final Set<String> ONE = Set.of(
            "not",
            "if",
            "then",
            "else",
            "items",
            "additionalItems",
            "unevaluatedItems",
            "contains",
            "additionalProperties",
            "unevaluatedProperties",
            "propertyNames",
            "contentSchema");

    /** Those of which the schemas look at the same value, and not at a part of it. */
    private static final Set<String> IN_PLACE =
            Set.of("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies");

    private final JsonObject schema;
    private final boolean all;
    private final List<Place> faults = new ArrayList<>();
    private final List<Place> references = new ArrayList<>();
    private final Set<String> anchors = new HashSet<>();
    private boolean named;
    /** Where the same value is looked at next, by place. */
    private final Map<String, List<String>> onward = new HashMap<>();

    private record Place(String pointer, String text) {}

    /**
     * Of that schema.
     *
     * @param all whether what the schema of schemas does not have counts as well, over which a check passes
     */
    SchemaFaults(JsonObject schema, boolean all) {
        this.schema = schema;
        this.all = all;
    }

    List<Fault> find(String pointer, String code) {
        try {
            search();
        } catch (StackOverflowError | ValidationLimitExceededException e) {
            faults.add(new Place("", "It is too large or nested too deeply."));
        }
        return faults.stream()
                .limit(MOST)
                .map(fault -> new Fault(pointer + fault.pointer(), code, fault.text()))
                .toList();
    }

    private void search() {
        Optional<SpecificationVersion> draft = draft();
        if (draft.isEmpty()) {
            return;
        }
        Map<String, String> wrong = new LinkedHashMap<>();
        for (Error error : JsonSchemas.wrong(schema, draft.get().getDialectId())) {
            wrong.putIfAbsent(String.valueOf(error.getInstanceLocation()), error.getMessage());
        }
        wrong.forEach((place, message) -> {
            if (all || isUnknownType(place)) {
                faults.add(new Place(place, "JSON Schema does not have it so: " + message + "."));
            }
        });
        walk(schema, "");
        references.forEach(this::reference);
        if (faults.isEmpty()) {
            Map<String, Long> counted = new HashMap<>();
            onward.keySet().forEach(place -> ways(place, counted));
        }
        if (faults.isEmpty()) {
            compile();
        }
    }

    /** Of a type that there is not is no value; older drafts had one for any. */
    private boolean isUnknownType(String place) {
        return place.endsWith("/type")
                && at(place)
                        .filter(value -> value instanceof JsonString(String type) && !type.equals("any"))
                        .isPresent();
    }

    private Optional<SpecificationVersion> draft() {
        Optional<JsonValue> written = schema.member("$schema");
        if (written.isEmpty()) {
            return Optional.of(SpecificationVersion.DRAFT_2020_12);
        }
        Optional<SpecificationVersion> draft =
                written.get() instanceof JsonString(String name) ? known(name) : Optional.empty();
        if (draft.isEmpty()) {
            faults.add(new Place(
                    "/$schema",
                    "There is no such draft here; leave it out for 2020-12, or name it or one of 2019-09, draft-07,"
                            + " draft-06 and draft-04 by its address."));
        }
        return draft;
    }

    private static Optional<SpecificationVersion> known(String name) {
        String plain = address(name);
        for (SpecificationVersion version : SpecificationVersion.values()) {
            if (address(version.getDialectId()).equals(plain)) {
                return Optional.of(version);
            }
        }
        return Optional.empty();
    }

    private static String address(String name) {
        return name.replaceFirst("^https?:", "").replaceFirst("#$", "");
    }

    private void walk(JsonValue at, String pointer) {
        if (!(at instanceof JsonObject object)) {
            return;
        }
        object.members().forEach((keyword, value) -> {
            String place = pointer + "/" + Fault.escape(keyword);
            if (value instanceof JsonString(String text)) {
                text(keyword, text, place);
            } else if (value instanceof JsonObject inner && NAMED.contains(keyword)) {
                inner.members().forEach((name, one) -> {
                    String where = place + "/" + Fault.escape(name);
                    if (keyword.equals("patternProperties")) {
                        pattern(name, where);
                    }
                    inside(keyword, one, pointer, where);
                });
            } else if (value instanceof JsonArray array && SEVERAL.contains(keyword)) {
                for (int i = 0; i < array.size(); i++) {
                    inside(keyword, array.items().get(i), pointer, place + "/" + i);
                }
            } else if (ONE.contains(keyword)) {
                inside(keyword, value, pointer, place);
            }
        });
    }

    private void inside(String keyword, JsonValue value, String pointer, String place) {
        if (value instanceof JsonObject && IN_PLACE.contains(keyword)) {
            onward(pointer, place);
        }
        walk(value, place);
    }

    private void text(String keyword, String text, String place) {
        if (REFERENCES.contains(keyword)) {
            references.add(new Place(place, text));
        } else if (keyword.equals("pattern")) {
            pattern(text, place);
        } else if (ANCHORS.contains(keyword)) {
            anchors.add(text);
        } else if (keyword.equals("$id") || keyword.equals("id")) {
            // An old draft has anchors so; any other name is what references may be to, which is the library's matter.
            if (text.startsWith("#")) {
                anchors.add(text.substring(1));
            } else {
                named = true;
            }
        }
    }

    private void onward(String from, String to) {
        onward.computeIfAbsent(from, any -> new ArrayList<>()).add(to);
    }

    private void pattern(String text, String place) {
        try {
            BoundedPattern.of(text);
        } catch (PatternSyntaxException e) {
            faults.add(new Place(place, "The pattern cannot be used: " + e.getDescription() + "."));
        } catch (StackOverflowError e) {
            faults.add(new Place(place, "The pattern is nested too deeply."));
        }
    }

    private void reference(Place reference) {
        String to = reference.text();
        if (!to.startsWith("#")) {
            if (!named && known(to.split("#", 2)[0]).isEmpty()) {
                faults.add(new Place(
                        reference.pointer(),
                        "It refers outside of the schema, and nothing is fetched; put what it needs into '$defs'."));
            }
            return;
        }
        String part = decoded(to.substring(1));
        if (part.isEmpty() || part.startsWith("/")) {
            Optional<JsonValue> target = part.isEmpty() ? Optional.of(schema) : at(part);
            if (target.filter(value -> value instanceof JsonObject || value instanceof JsonBoolean)
                    .isPresent()) {
                String pointer = reference.pointer();
                onward(pointer.substring(0, pointer.lastIndexOf('/')), part);
            } else if (!named) {
                nowhere(reference);
            }
        } else if (!anchors.contains(part) && !named) {
            nowhere(reference);
        }
    }

    private void nowhere(Place reference) {
        String to = reference.text();
        String shown = to.length() <= 100 ? to : to.substring(0, 100) + "…";
        faults.add(new Place(reference.pointer(), "It refers to '" + shown + "', where the schema has no schema."));
    }

    private static String decoded(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return part;
        }
    }

    private Optional<JsonValue> at(String pointer) {
        JsonValue value = schema;
        for (String step : pointer.substring(1).split("/", -1)) {
            String name = step.replace("~1", "/").replace("~0", "~");
            if (value instanceof JsonObject object && object.member(name).isPresent()) {
                value = object.member(name).get();
            } else if (value instanceof JsonArray array
                    && name.matches("[0-9]{1,6}")
                    && Integer.parseInt(name) < array.size()) {
                value = array.items().get(Integer.parseInt(name));
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(value);
    }

    /** In how many ways the value at a place is looked at; a place that is being counted is its own, in a circle. */
    private long ways(String place, Map<String, Long> counted) {
        Long known = counted.get(place);
        if (known != null) {
            if (known == 0 && faults.isEmpty()) {
                faults.add(new Place(place, "It refers to itself for the same value, so that no check would end."));
            }
            return known;
        }
        counted.put(place, 0L);
        long all = 1;
        for (String next : onward.getOrDefault(place, List.of())) {
            all = Math.min(MOST_WAYS + 1, all + ways(next, counted));
        }
        counted.put(place, all);
        if (all > MOST_WAYS && faults.isEmpty()) {
            faults.add(new Place(
                    place,
                    "It looks at the same value in more than " + MOST_WAYS + " ways; write what is the same once."));
        }
        return all;
    }

    /** What else the library objects to. */
    private void compile() {
        try {
            JsonSchemas.compiled(schema).initializeValidators();
        } catch (RuntimeException e) {
            // The library trips over a reference of which it finds nothing.
            String why = e instanceof NullPointerException || e.getMessage() == null
                    ? "a reference leads nowhere"
                    : e.getMessage();
            faults.add(new Place(
                    "", "It cannot be used: " + why.lines().findFirst().orElse("") + "."));
        }
    }
}
