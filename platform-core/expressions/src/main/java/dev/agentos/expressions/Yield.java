package dev.agentos.expressions;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import java.util.Optional;

/**
 * What kind of value an expression yields.
 *
 * @param kind string, number, integer, boolean, object, array or null; empty when only an evaluation tells
 * @param elements the same of what an array holds
 */
public record Yield(Optional<String> kind, Optional<String> elements) {

    static Yield of(CelType type) {
        return new Yield(kind(type), type instanceof ListType list ? kind(list.elemType()) : Optional.empty());
    }

    private static Optional<String> kind(CelType type) {
        return switch (type.kind()) {
            case STRING, TIMESTAMP, DURATION -> Optional.of("string");
            case BOOL -> Optional.of("boolean");
            case INT, UINT -> Optional.of("integer");
            case DOUBLE -> Optional.of("number");
            case LIST -> Optional.of("array");
            case MAP, STRUCT -> Optional.of("object");
            case NULL_TYPE -> Optional.of("null");
            default -> Optional.empty();
        };
    }
}
