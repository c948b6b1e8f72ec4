package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the members of one JSON object, noting each fault with its pointer instead of stopping at the first. */
public final class ObjectReader {

    private final JsonObject object;
    private final String pointer;
    private final List<Fault> faults;

    /** Reads that object, which stands at that pointer. */
    public ObjectReader(JsonObject object, String pointer, List<Fault> faults) {
        this.object = object;
        this.pointer = pointer;
        this.faults = faults;
    }

    /** Notes each member that is not among the known ones. */
    public ObjectReader only(Set<String> known) {
        object.members().keySet().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> faults.add(new Fault(
                        pointer + "/" + Fault.escape(name),
                        KernelErrorCode.UNKNOWN_FIELD.code(),
                        "There is no field '" + name + "' here" + Names.end(name, known))));
        return this;
    }

    /** A member that must be a string; empty text when it is not. */
    public String requiredText(String name) {
        if (object.member(name).isEmpty()) {
            fault(name, "The field '" + name + "' is missing.");
            return "";
        }
        return text(name).orElse("");
    }

    /** A member that is a string if there is one. */
    public Optional<String> text(String name) {
        return member(name, JsonString.class, "a string").map(JsonString::value);
    }

    /** A member that is one of those words if there is one. */
    public Optional<String> choice(String name, List<String> words) {
        Optional<String> word = text(name);
        if (word.isPresent() && !words.contains(word.get())) {
            fault(name, "The field '" + name + "' is none of " + String.join(", ", words) + ".");
            return Optional.empty();
        }
        return word;
    }

    /** A member that is an array of strings if there is one. */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonValue item : array(name).orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonString(String text)) {
                texts.add(text);
            } else {
                fault(name, "The field '" + name + "' is an array of strings, not of " + Channels.kind(item) + ".");
            }
        }
        return texts;
    }

    /** A member that is an object if there is one. */
    public Optional<JsonObject> object(String name) {
        return member(name, JsonObject.class, "an object");
    }

    /** A member that is an array if there is one. */
    public Optional<JsonArray> array(String name) {
        return member(name, JsonArray.class, "an array");
    }

    /** A member that is a whole number of 32 bits if there is one. */
    public Optional<Integer> integer(String name) {
        Optional<BigDecimal> number = decimal(name);
        try {
            return number.map(BigDecimal::intValueExact);
        } catch (ArithmeticException e) {
            fault(name, "The field '" + name + "' must be a whole number.");
            return Optional.empty();
        }
    }

    /** A member that is a number of ordinary size if there is one. */
    public Optional<BigDecimal> decimal(String name) {
        Optional<BigDecimal> number = member(name, JsonNumber.class, "a number").map(JsonNumber::value);
        if (number.isPresent() && Math.abs((long) number.get().scale()) > 100) {
            fault(name, "The field '" + name + "' is out of range.");
            return Optional.empty();
        }
        return number;
    }

    /** A member that is an ISO 8601 duration if there is one. */
    public Optional<Duration> duration(String name) {
        return text(name).flatMap(text -> {
            try {
                return Optional.of(Duration.parse(text));
            } catch (DateTimeParseException e) {
                fault(name, "The field '" + name + "' must be an ISO 8601 duration, as in PT30S.");
                return Optional.empty();
            }
        });
    }

    /** Notes a fault of a member. */
    public void fault(String name, String message) {
        faults.add(new Fault(pointer + "/" + Fault.escape(name), KernelErrorCode.INVALID_FIELD.code(), message));
    }

    private <T extends JsonValue> Optional<T> member(String name, Class<T> type, String wanted) {
        Optional<JsonValue> value = object.member(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (!type.isInstance(value.get())) {
            fault(name, "The field '" + name + "' must be " + wanted + ", not " + Channels.kind(value.get()) + ".");
            return Optional.empty();
        }
        return Optional.of(type.cast(value.get()));
    }
}
