package dev.agentos.spi;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable JSON value as RFC 8259 defines it; {@link #toString()} is its compact JSON text.
 *
 * <p>Object members keep their order, numbers keep their digits, and a string never holds U+0000 or a lone surrogate,
 * so that every value can be stored and compared byte by byte.
 */
public sealed interface JsonValue permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

    /**
     * The JSON value of a plain Java value: {@code null}, {@link Boolean}, {@link Number}, {@link CharSequence},
     * {@link Iterable}, {@link Map} with string keys, or a {@link JsonValue} itself, nested to any depth.
     *
     * @throws IllegalArgumentException if the value, or a value inside it, is of another type
     */
    static JsonValue of(@Nullable Object value) {
        return switch (value) {
            case null -> JsonNull.NULL;
            case JsonValue json -> json;
            case Boolean bool -> JsonBoolean.of(bool);
            case BigDecimal number -> new JsonNumber(number);
            case Number number -> JsonNumber.of(number);
            case CharSequence text -> new JsonString(text.toString());
            case Map<?, ?> map -> JsonObject.ofPlain(map);
            case Iterable<?> elements -> {
                List<JsonValue> items = new ArrayList<>();
                elements.forEach(element -> items.add(of(element)));
                yield new JsonArray(items);
            }
            default ->
                throw new IllegalArgumentException(
                        "No JSON form for " + value.getClass().getName());
        };
    }

    /**
     * Reads a JSON text: at most 100 levels, 1,000 digits a number, no name twice in an object, nothing behind the
     * value.
     *
     * @throws IllegalArgumentException saying what is wrong and where
     */
    static JsonValue parse(String text) {
        return new JsonReader(text).document();
    }

    /**
     * The plain Java form: {@code null}, {@link Boolean}, {@link Long} (a whole number in range) or {@link Double},
     * {@link String}, an unmodifiable {@link List} or {@link Map}.
     */
    @Nullable
    Object toJava();
}
