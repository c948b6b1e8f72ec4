package dev.agentos.web;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a request's body by the schema of the API's description: a field that the schema does not name, or one of
 * another type, fails with {@code server:UNKNOWN_FIELD} or {@code server:INVALID_FIELD} and its JSON Pointer. A field
 * that is null counts as absent.
 */
public final class Fields {

    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private final JsonObject body;

    private Fields(JsonObject body) {
        this.body = body;
    }

    /** The fields of a body that the named schema describes. */
    public static Fields of(JsonObject body, String schema) {
        Set<String> known = Schemas.properties(schema);
        List<Fault> unknown = new ArrayList<>();
        for (String name : body.members().keySet()) {
            if (!known.contains(name)) {
                unknown.add(new Fault(
                        pointer(name),
                        KernelErrorCode.UNKNOWN_FIELD.code(),
                        "There is no field '" + name + "'; there are " + String.join(", ", known) + "."));
            }
        }
        if (!unknown.isEmpty()) {
            throw new InvalidInputException(
                    KernelErrorCode.UNKNOWN_FIELD,
                    unknown.getFirst().message(),
                    "Remove or rename the fields that errors names.",
                    unknown);
        }
        return new Fields(body);
    }

    /** Whether a field is there and not null. */
    public boolean has(String name) {
        return value(name).isPresent();
    }

    /** The value of a field, whatever its type. */
    public Optional<JsonValue> value(String name) {
        return body.member(name).filter(value -> value != JsonNull.NULL);
    }

    /** A text. */
    public Optional<String> text(String name) {
        return value(name).map(value -> {
            if (value instanceof JsonString(String text)) {
                return text;
            }
            throw invalid(name, "is not a string");
        });
    }

    /** A text that must be there and not be blank, of at most that many characters. */
    public String requiredText(String name, int maxLength) {
        String text = text(name).orElseThrow(() -> invalid(name, "is required"));
        if (text.isBlank() || text.length() > maxLength) {
            throw invalid(name, "must have 1 to " + maxLength + " characters");
        }
        return text;
    }

    /** A truth value; false when absent. */
    public boolean flag(String name) {
        return optionalFlag(name).orElse(false);
    }

    /** True or false, or absent. */
    public Optional<Boolean> optionalFlag(String name) {
        return value(name).map(value -> {
            if (value instanceof JsonBoolean bool) {
                return bool.value();
            }
            throw invalid(name, "is neither true nor false");
        });
    }

    /** A whole number within bounds. */
    public Optional<Integer> integer(String name, int least, int most) {
        return value(name).map(value -> {
            if (value instanceof JsonNumber number) {
                try {
                    int whole = number.value().intValueExact();
                    if (whole >= least && whole <= most) {
                        return whole;
                    }
                } catch (ArithmeticException e) {
                    throw invalid(name, "is not a whole number from " + least + " to " + most);
                }
            }
            throw invalid(name, "is not a whole number from " + least + " to " + most);
        });
    }

    /** An object; the empty one when absent. */
    public JsonObject object(String name) {
        return optionalObject(name).orElse(JsonObject.EMPTY);
    }

    /** An object, if there is one. */
    public Optional<JsonObject> optionalObject(String name) {
        return value(name).map(value -> {
            if (value instanceof JsonObject object) {
                return object;
            }
            throw invalid(name, "is not an object");
        });
    }

    /** The same, where whoever sends something else is told what it holds. */
    public JsonObject object(String name, String holds) {
        if (value(name).filter(value -> !(value instanceof JsonObject)).isPresent()) {
            throw invalid(name, "is not an object with " + holds);
        }
        return object(name);
    }

    /** A list of texts, where whoever sends something else is told what it holds. */
    public List<String> texts(String name, String holds) {
        boolean fits = value(name).isEmpty()
                || (value(name).get() instanceof JsonArray(List<JsonValue> items)
                        && items.stream().allMatch(JsonString.class::isInstance));
        if (!fits) {
            throw invalid(name, "is not a list of " + holds);
        }
        return texts(name);
    }

    /** A list of texts; empty when absent. */
    public List<String> texts(String name) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return List.of();
        }
        if (!(value.get() instanceof JsonArray array)) {
            throw invalid(name, "is not a list");
        }
        List<String> texts = new ArrayList<>();
        for (JsonValue item : array) {
            if (!(item instanceof JsonString(String text))) {
                throw invalid(name, "holds something else than strings");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    /** A point in time of RFC 3339, whose years have four digits. */
    public Optional<Instant> time(String name) {
        return text(name).map(text -> {
            try {
                Instant time = OffsetDateTime.parse(text).toInstant();
                if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
                    throw invalid(name, "is not in the years 0001 to 9999, in which a time of RFC 3339 is written");
                }
                return time;
            } catch (DateTimeException e) {
                throw invalid(name, "is not a time of RFC 3339, as in 2030-01-31T12:00:00Z");
            }
        });
    }

    /** The failure of a field, as in {@code '/name' is required}. */
    public static InvalidInputException invalid(String name, String what) {
        return InvalidInputException.of(
                KernelErrorCode.INVALID_FIELD,
                pointer(name),
                "The field '" + name + "' " + what + ".",
                "Correct that field; GET /openapi.json describes it.");
    }

    private static String pointer(String name) {
        return "/" + Fault.escape(name);
    }
}
