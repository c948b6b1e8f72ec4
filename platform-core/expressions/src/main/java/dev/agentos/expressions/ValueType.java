package dev.agentos.expressions;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructTypeReference;
import java.util.LinkedHashMap;
import java.util.Map;

/** The type of a variable. */
public sealed interface ValueType {

    /** Anything; what it is shows when an expression is evaluated. */
    ValueType ANY = new Plain("any");

    /** Text. */
    ValueType STRING = new Plain("string");

    /** A whole number. */
    ValueType INTEGER = new Plain("integer");

    /** A number with a fraction. */
    ValueType NUMBER = new Plain("number");

    /** True or false. */
    ValueType BOOLEAN = new Plain("boolean");

    /** Members by their names. */
    ValueType OBJECT = new Plain("object");

    /** Items in an order. */
    ValueType ARRAY = new Plain("array");

    /** A type by its name. */
    record Plain(String name) implements ValueType {}

    /**
     * An object whose members are known, so that a misspelt one is found before the expression is kept.
     *
     * @param name for messages
     * @param members what it has
     */
    record Structure(String name, Map<String, ValueType> members) implements ValueType {
        public Structure {
            members = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }
    }

    /** One of {@code string number integer boolean object array}; what is none of these may be anything. */
    static ValueType of(String name) {
        return new Plain(name);
    }

    /** What CEL calls it. */
    private static CelType plain(String name) {
        return switch (name) {
            case "string" -> SimpleType.STRING;
            case "number" -> SimpleType.DOUBLE;
            case "integer" -> SimpleType.INT;
            case "boolean" -> SimpleType.BOOL;
            case "object" -> MapType.create(SimpleType.STRING, SimpleType.DYN);
            case "array" -> ListType.create(SimpleType.DYN);
            default -> SimpleType.DYN;
        };
    }

    /** What CEL calls that type. */
    static CelType cel(ValueType type) {
        return switch (type) {
            case Plain(String name) -> plain(name);
            case Structure structure -> StructTypeReference.create(structure.name());
        };
    }
}
