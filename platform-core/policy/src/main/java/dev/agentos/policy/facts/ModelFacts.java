package dev.agentos.policy.facts;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What administrators of the platform say of models: where they work, whose they are, how long their provider keeps
 * what it was sent. Of several names that cover a model the most exact holds, as a whole.
 */
public final class ModelFacts {

    /** The names of facts, each a text; what nobody has said is the empty text. */
    public static final List<String> NAMES = List.of("region", "country", "retention");

    /** The member of a question's model that holds what its plugin declares; no condition sees it as such. */
    public static final String DECLARED = "declared";

    private static final String DECLARED_BY = "declaredBy";

    /** Nobody has said anything. */
    public static final ModelFacts NONE = new ModelFacts(Map.of());

    private static final String NAME = "[^\\s/*]{1,100}/([^\\s*]{1,200}|[^\\s*]{0,200}\\*)";
    private static final String VALUE = "[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}";

    private final Map<String, JsonObject> exact = new LinkedHashMap<>();
    private final List<Map.Entry<String, JsonObject>> beginnings;

    /** Facts by {@code provider/model}, or by the beginning of it and {@code *}. */
    public ModelFacts(Map<String, JsonObject> facts) {
        facts.forEach((name, said) -> {
            if (!name.endsWith("*")) {
                exact.put(name, said);
            }
        });
        beginnings = facts.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("*"))
                .map(entry ->
                        Map.entry(entry.getKey().substring(0, entry.getKey().length() - 1), entry.getValue()))
                .sorted(Comparator.comparingInt((Map.Entry<String, JsonObject> entry) ->
                                entry.getKey().length())
                        .reversed())
                .toList();
    }

    /**
     * Checks what a document says.
     *
     * @param faults told the pointer within and what is wrong there
     */
    public static Map<String, JsonObject> read(JsonObject written, BiConsumer<String, String> faults) {
        Map<String, JsonObject> read = new LinkedHashMap<>();
        written.members().forEach((name, value) -> {
            String pointer = "/" + Fault.escape(name);
            if (!name.matches(NAME)) {
                faults.accept(pointer, "A model is named provider/model, or by the beginning of that and * behind it.");
            }
            if (!(value instanceof JsonObject said)) {
                faults.accept(pointer, "What is said of a model is an object of " + String.join(", ", NAMES) + ".");
                return;
            }
            said.members().forEach((fact, text) -> {
                if (!NAMES.contains(fact)) {
                    faults.accept(
                            pointer + "/" + Fault.escape(fact), "There are " + String.join(", ", NAMES) + " here.");
                } else if (!(text instanceof JsonString(String said1)) || !said1.matches(VALUE)) {
                    faults.accept(
                            pointer + "/" + fact,
                            "This is text of 1 to 63 letters, digits, spaces, dots, hyphens and underscores.");
                }
            });
            read.put(name, said);
        });
        return read;
    }

    /**
     * The model of a point with what is known of it: what a policy says, as a whole, before what the plugin declares;
     * what it says itself stays.
     */
    public JsonObject describe(JsonObject model) {
        Optional<JsonObject> said = model.text("name").flatMap(this::of);
        Optional<JsonObject> declared = model.object(DECLARED);
        JsonObject facts = said.or(() -> declared).orElse(JsonObject.EMPTY);
        Map<String, JsonValue> members = new LinkedHashMap<>();
        for (String fact : NAMES) {
            members.put(fact, new JsonString(facts.text(fact).orElse("")));
        }
        members.put(DECLARED_BY, new JsonString(said.isPresent() ? "policy" : declared.isPresent() ? "plugin" : ""));
        model.members().forEach((name, value) -> {
            if (value.equals(new JsonString(""))) {
                members.putIfAbsent(name, value);
            } else if (!name.equals(DECLARED)) {
                members.put(name, value);
            }
        });
        return new JsonObject(members);
    }

    private Optional<JsonObject> of(String model) {
        return Optional.ofNullable(exact.get(model))
                .or(() -> beginnings.stream()
                        .filter(entry -> model.startsWith(entry.getKey()))
                        .findFirst()
                        .map(Map.Entry::getValue));
    }
}
