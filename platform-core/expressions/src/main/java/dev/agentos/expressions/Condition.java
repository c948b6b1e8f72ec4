package dev.agentos.expressions;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What holds when an expression is true, as far as its text tells: what it compares, and how that is put together by
 * {@code &&}, {@code ||} and {@code !}.
 */
public final class Condition {

    /** What nothing is known of. */
    public static final Condition ANY = new Condition(new Formula.All(List.of()), 1);

    private static final int MOST_COMPARED = 1_000;
    private static final CelConstant TRUE = CelConstant.ofValue(true);
    private static final CelConstant FALSE = CelConstant.ofValue(false);

    private static final Map<String, Set<Order>> RELATIONS = Map.of(
            "_<_", EnumSet.of(Order.LESS),
            "_<=_", EnumSet.of(Order.LESS, Order.EQUAL),
            "_==_", EnumSet.of(Order.EQUAL),
            "_>=_", EnumSet.of(Order.GREATER, Order.EQUAL),
            "_>_", EnumSet.of(Order.GREATER),
            "_!=_", EnumSet.of(Order.LESS, Order.GREATER, Order.NONE));

    private final Formula formula;
    private final int leaves;

    /** How two values are to each other; not a number is in no order with anything. */
    private enum Order {
        LESS,
        EQUAL,
        GREATER,
        NONE
    }

    private sealed interface Formula {
        record All(List<Formula> parts) implements Formula {}

        record Some(List<Formula> parts) implements Formula {}

        /** One of those orders is between two expressions, of which the second may be a constant. */
        record Compared(String left, Set<Order> orders, String right, Optional<CelConstant> constant)
                implements Formula {}
    }

    private Condition(Formula formula, int leaves) {
        this.formula = formula;
        this.leaves = leaves;
    }

    static Condition of(CelExpr tree) {
        Formula formula = read(tree, true);
        return new Condition(formula, leaves(formula));
    }

    /** Whether this and that can be seen to be never true of the same values; what cannot be seen is not. */
    public boolean excludes(Condition other) {
        return (long) leaves * other.leaves <= MOST_COMPARED && exclude(formula, other.formula);
    }

    private static int leaves(Formula formula) {
        return switch (formula) {
            case Formula.All(List<Formula> parts) -> leaves(parts);
            case Formula.Some(List<Formula> parts) -> leaves(parts);
            case Formula.Compared ignored -> 1;
        };
    }

    private static int leaves(List<Formula> parts) {
        return 1 + parts.stream().mapToInt(Condition::leaves).sum();
    }

    private static boolean exclude(Formula one, Formula other) {
        if (one instanceof Formula.Some(List<Formula> parts)) {
            return parts.stream().allMatch(part -> exclude(part, other));
        }
        if (other instanceof Formula.Some(List<Formula> parts)) {
            return parts.stream().allMatch(part -> exclude(one, part));
        }
        if (one instanceof Formula.All(List<Formula> parts)) {
            return parts.stream().anyMatch(part -> exclude(part, other));
        }
        if (other instanceof Formula.All(List<Formula> parts)) {
            return parts.stream().anyMatch(part -> exclude(one, part));
        }
        return one instanceof Formula.Compared first
                && other instanceof Formula.Compared second
                && exclude(first, second);
    }

    private static boolean exclude(Formula.Compared one, Formula.Compared other) {
        if (!one.left().equals(other.left())) {
            return false;
        }
        if (one.constant().isEmpty() || other.constant().isEmpty()) {
            return one.right().equals(other.right()) && disjoint(one.orders(), other.orders());
        }
        CelConstant first = one.constant().get();
        CelConstant second = other.constant().get();
        Optional<BigDecimal> low = number(first);
        Optional<BigDecimal> high = number(second);
        if (low.isPresent() && high.isPresent()) {
            int order = low.get().compareTo(high.get());
            return order == 0
                    ? disjoint(one.orders(), other.orders())
                    : order < 0 ? apart(one.orders(), other.orders()) : apart(other.orders(), one.orders());
        }
        if (first.equals(second)) {
            return disjoint(one.orders(), other.orders());
        }
        Set<Order> equal = EnumSet.of(Order.EQUAL);
        return one.orders().equals(equal) && other.orders().equals(equal);
    }

    /** Whether no number is so to the lower one of two bounds, and so to the higher one. */
    private static boolean apart(Set<Order> toLow, Set<Order> toHigh) {
        boolean below = toLow.contains(Order.LESS) && toHigh.contains(Order.LESS);
        boolean atLow = toLow.contains(Order.EQUAL) && toHigh.contains(Order.LESS);
        boolean between = toLow.contains(Order.GREATER) && toHigh.contains(Order.LESS);
        boolean atHigh = toLow.contains(Order.GREATER) && toHigh.contains(Order.EQUAL);
        boolean above = toLow.contains(Order.GREATER) && toHigh.contains(Order.GREATER);
        boolean none = toLow.contains(Order.NONE) && toHigh.contains(Order.NONE);
        return !(below || atLow || between || atHigh || above || none);
    }

    private static boolean disjoint(Set<Order> one, Set<Order> other) {
        return one.stream().noneMatch(other::contains);
    }

    private static Optional<BigDecimal> number(CelConstant constant) {
        return switch (constant.getKind()) {
            case INT64_VALUE -> Optional.of(BigDecimal.valueOf(constant.int64Value()));
            case UINT64_VALUE ->
                Optional.of(new BigDecimal(constant.uint64Value().bigIntegerValue()));
            case DOUBLE_VALUE ->
                Optional.of(constant.doubleValue()).filter(Double::isFinite).map(BigDecimal::new);
            default -> Optional.empty();
        };
    }

    private static Formula read(CelExpr tree, boolean holds) {
        if (tree.getKind() == CelExpr.ExprKind.Kind.CALL) {
            CelExpr.CelCall call = tree.call();
            List<CelExpr> arguments = call.args();
            switch (call.function()) {
                case "!_" -> {
                    return read(arguments.getFirst(), !holds);
                }
                case "_&&_", "_||_" -> {
                    List<Formula> parts =
                            arguments.stream().map(one -> read(one, holds)).toList();
                    return call.function().equals("_&&_") == holds ? new Formula.All(parts) : new Formula.Some(parts);
                }
                default -> {
                    Set<Order> orders = RELATIONS.get(call.function());
                    if (orders != null && arguments.size() == 2) {
                        return compared(arguments.getFirst(), holds ? orders : others(orders), arguments.getLast());
                    }
                }
            }
        }
        return new Formula.Compared(text(tree), EnumSet.of(Order.EQUAL), "", Optional.of(holds ? TRUE : FALSE));
    }

    private static Set<Order> others(Set<Order> orders) {
        return EnumSet.complementOf(EnumSet.copyOf(orders));
    }

    private static Formula compared(CelExpr left, Set<Order> orders, CelExpr right) {
        return constant(left).isPresent() && constant(right).isEmpty()
                ? new Formula.Compared(
                        text(right),
                        orders.stream().map(Condition::seenFromRight).collect(Collectors.toSet()),
                        text(left),
                        constant(left))
                : new Formula.Compared(text(left), orders, text(right), constant(right));
    }

    private static Order seenFromRight(Order order) {
        return switch (order) {
            case LESS -> Order.GREATER;
            case GREATER -> Order.LESS;
            case EQUAL, NONE -> order;
        };
    }

    private static Optional<CelConstant> constant(CelExpr tree) {
        return tree.getKind() == CelExpr.ExprKind.Kind.CONSTANT ? Optional.of(tree.constant()) : Optional.empty();
    }

    /** The same for equal expressions wherever they stand. */
    private static String text(CelExpr tree) {
        return switch (tree.getKind()) {
            case CONSTANT -> {
                String constant = tree.constant().toString();
                yield constant.length() + ":" + constant;
            }
            case IDENT -> tree.ident().name();
            case SELECT ->
                (tree.select().testOnly() ? "has " : "") + text(tree.select().operand()) + "."
                        + tree.select().field();
            case CALL ->
                tree.call().target().map(target -> text(target) + ".").orElse("")
                        + tree.call().function()
                        + tree.call().args().stream().map(Condition::text).collect(Collectors.joining(", ", "(", ")"));
            case LIST ->
                tree.list().elements().stream().map(Condition::text).collect(Collectors.joining(", ", "[", "]"));
            case COMPREHENSION -> {
                CelExpr.CelComprehension all = tree.comprehension();
                yield Stream.of(all.iterRange(), all.accuInit(), all.loopCondition(), all.loopStep(), all.result())
                        .map(Condition::text)
                        .collect(Collectors.joining(", ", "each " + all.iterVar() + "(", ")"));
            }
            default -> tree.toString();
        };
    }
}
