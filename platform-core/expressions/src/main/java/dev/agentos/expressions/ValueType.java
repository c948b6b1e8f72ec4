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

    /** Texts in an order. */
    ValueType TEXTS = new Plain("list of texts");

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

    /**
     * A value of which more is known: {@code principal} is a text, and {@code principal.roles} is said of it. Each
     * attribute has a value of its own, under the name of the variable, a dot and its own name.
     *
     * @param own the type of the value itself
     * @param attributes what is known of it
     */
    record Attributed(ValueType own, Map<String, ValueType> attributes) implements ValueType {
        public Attributed {
            attributes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
        }
    }

    /** Those variables, with attributes as variables of their own. */
    static Map<String, ValueType> flat(Map<String, ValueType> variables) {
        Map<String, ValueType> flat = new LinkedHashMap<>();
        variables.forEach((name, type) -> {
            if (type instanceof Attributed(ValueType own, Map<String, ValueType> attributes)) {
                flat.put(name, own);
                attributes.forEach((attribute, of) -> flat.put(name + "." + attribute, of));
            } else {
                flat.put(name, type);
            }
        });
        return flat;
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
            case "list of texts" -> ListType.create(SimpleType.STRING);
            default -> SimpleType.DYN;
        };
    }

    /** What CEL calls that type. */
    static CelType cel(ValueType type) {
        return switch (type) {
            case Plain(String name) -> plain(name);
            case Structure structure -> StructTypeReference.create(structure.name());
            case Attributed attributed -> cel(attributed.own());
        };
    }
}
