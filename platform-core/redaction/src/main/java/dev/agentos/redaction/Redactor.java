package dev.agentos.redaction;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Replaces what terms name, in the texts of one call, and remembers what it has found. Texts, JSON values and streams
 * go through the same search, so that the shape in which something passes makes no difference.
 */
public final class Redactor {

    /** A number of fewer digits is no number of anything that a detector finds. */
    private static final int SHORTEST_NUMBER = 9;

    private final Map<Detector, RedactionMode> modes;
    private final Optional<Pseudonyms> pseudonyms;
    private final Map<String, Integer> found = new ConcurrentHashMap<>();
    private final Map<String, Token> tokens = new ConcurrentHashMap<>();

    /**
     * What a token stands for.
     *
     * @param token beginning with {@code tok_}
     * @param detector what found it
     * @param value what it was
     */
    public record Token(String token, String detector, String value) {

        /** Nothing of the value. */
        @Override
        public String toString() {
            return "Token[" + token + "]";
        }
    }

    private Redactor(Map<Detector, RedactionMode> modes, Optional<Pseudonyms> pseudonyms) {
        this.modes = modes;
        this.pseudonyms = pseudonyms;
    }

    /**
     * Replaces what any of these terms name; where several name the same, the strictest mode counts.
     *
     * @param pseudonyms of the tenant; without them values that are to be hashed or tokenised are masked
     */
    public static Redactor of(Collection<RedactionTerms> terms, Optional<Pseudonyms> pseudonyms) {
        Map<String, Detector> detectors = new LinkedHashMap<>();
        Map<String, RedactionMode> strictest = new LinkedHashMap<>();
        for (RedactionTerms one : terms) {
            List<Detector> named = new ArrayList<>();
            one.detectors().forEach(name -> named.addAll(Detectors.named(name).orElseThrow()));
            one.expressions()
                    .forEach((name, pattern) -> named.add(new Detector(
                            name, LinearPattern.of(pattern), Check.ALL, RedactionTerms.LONGEST_FIND, CharSet.NONE)));
            for (Detector detector : named) {
                // Two expressions of the same name are two detectors, and one expression with two modes is one.
                String key = Detectors.named(detector.name()).isPresent()
                        ? detector.name()
                        : detector.name() + " " + one.expressions().get(detector.name());
                detectors.putIfAbsent(key, detector);
                strictest.merge(key, one.mode(), (a, b) -> a.compareTo(b) > 0 ? a : b);
            }
        }
        Map<Detector, RedactionMode> modes = new LinkedHashMap<>();
        detectors.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> Detectors.place(entry.getValue())))
                .forEach(entry ->
                        modes.put(entry.getValue(), strictest.getOrDefault(entry.getKey(), RedactionMode.MASK)));
        return new Redactor(modes, pseudonyms);
    }

    /** Masks keys and passwords, wherever something is written down that somebody else has said. */
    public static Redactor ofCredentials() {
        return of(List.of(RedactionTerms.credentials()), Optional.empty());
    }

    /** The text with everything replaced. */
    public String text(String text) {
        List<Detector> able = modes.keySet().stream()
                .filter(detector -> detector.mayFindIn(text))
                .toList();
        if (able.isEmpty()) {
            return text;
        }
        StreamRedactor stream = new StreamRedactor(this, able);
        return stream.add(text) + stream.end();
    }

    /** A value with everything replaced in its texts, in the names of members, and in long numbers. */
    public JsonValue json(JsonValue value) {
        return switch (value) {
            case JsonString(String text) ->
                changed(text).<JsonValue>map(JsonString::new).orElse(value);
            case JsonArray array ->
                new JsonArray(array.items().stream().map(this::json).toList());
            case JsonObject object -> object(object);
            case JsonNumber number -> number(number);
            default -> value;
        };
    }

    /** An object with everything replaced. */
    public JsonObject object(JsonObject object) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        object.members().forEach((name, value) -> {
            String plain = text(name);
            String free = plain;
            for (int i = 2; members.containsKey(free); i++) {
                free = plain + "#" + i;
            }
            members.put(free, json(value));
        });
        return new JsonObject(members);
    }

    private JsonValue number(JsonNumber number) {
        String text = number.toString();
        return text.length() < SHORTEST_NUMBER
                ? number
                : changed(text).<JsonValue>map(JsonString::new).orElse(number);
    }

    private Optional<String> changed(String text) {
        String other = text(text);
        return other.equals(text) ? Optional.empty() : Optional.of(other);
    }

    /** Replaces in a text that comes in pieces. */
    public StreamRedactor stream() {
        return new StreamRedactor(this, modes.keySet());
    }

    /** How often what was found, by the detector's name. */
    public Map<String, Integer> found() {
        return new TreeMap<>(found);
    }

    /** What the tokens stand for that were put in. */
    public Collection<Token> tokens() {
        return List.copyOf(tokens.values());
    }

    /** What stands in the place of a value. */
    String replacement(Detector detector, String value) {
        String name = detector.name();
        found.merge(name, 1, Integer::sum);
        RedactionMode mode = modes.getOrDefault(detector, RedactionMode.MASK);
        if (mode == RedactionMode.DROP) {
            return "";
        }
        if (mode == RedactionMode.MASK || pseudonyms.isEmpty()) {
            return "[" + name + "]";
        }
        if (mode == RedactionMode.HASH) {
            return "[" + name + ":" + pseudonyms.get().hash(name, value) + "]";
        }
        String token = pseudonyms.get().token(name, value);
        tokens.putIfAbsent(token, new Token(token, name, value));
        return "[" + name + ":" + token + "]";
    }
}
