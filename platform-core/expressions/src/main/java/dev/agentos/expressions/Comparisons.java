package dev.agentos.expressions;

import dev.cel.common.ast.CelExpr;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where an expression looks through lists and maps in a single call: to compare two of them, to look for a value in
 * one, or for its greatest. The cost must be known before the call begins: when the last operand has its value.
 */
final class Comparisons {

    /** None. */
    static final Comparisons NONE = new Comparisons();

    private static final Set<String> EQUALITY = Set.of("_==_", "_!=_");
    private static final Set<String> MEMBERSHIP = Set.of("@in", "_in_");
    private static final Set<String> EXTREMES = Set.of("math.@max", "math.@min");

    /** Comparisons by the id of the operand that has its value last. */
    private final Map<Long, Comparison> comparisons = new HashMap<>();

    private final Set<Long> operands = new HashSet<>();

    /** What a call does with its operands, each known by its id. */
    sealed interface Comparison {}

    /** It compares two values to their depth. */
    record Equality(long left, long right) implements Comparison {}

    /** It looks for a value among those of a list; one that the expression names has no id. */
    record Membership(@Nullable Long value, long list) implements Comparison {}

    /** It looks at each element of a list. */
    record Extreme(long list) implements Comparison {}

    static Comparisons of(CelExpr expression) {
        Comparisons found = new Comparisons();
        Searches.visit(expression, found::call);
        return found;
    }

    /** The comparison that begins when that has its value; null when there is none. */
    @Nullable
    Comparison at(long id) {
        return comparisons.get(id);
    }

    /** Whether the value of that must be remembered. */
    boolean uses(long id) {
        return operands.contains(id);
    }

    private void call(CelExpr.CelCall call) {
        List<CelExpr> arguments = call.args();
        if (arguments.size() == 2 && EQUALITY.contains(call.function())) {
            CelExpr left = arguments.getFirst();
            CelExpr right = arguments.getLast();
            if (!constant(left) && !constant(right)) {
                operands.add(left.id());
                operands.add(right.id());
                comparisons.put(right.id(), new Equality(left.id(), right.id()));
            }
        } else if (arguments.size() == 2 && MEMBERSHIP.contains(call.function())) {
            CelExpr value = arguments.getFirst();
            long list = arguments.getLast().id();
            operands.add(list);
            if (constant(value)) {
                comparisons.put(list, new Membership(null, list));
            } else {
                operands.add(value.id());
                comparisons.put(list, new Membership(value.id(), list));
            }
        } else if (arguments.size() == 1 && EXTREMES.contains(call.function())) {
            long list = arguments.getFirst().id();
            operands.add(list);
            comparisons.put(list, new Extreme(list));
        }
    }

    private static boolean constant(CelExpr expression) {
        return expression.getKind() == CelExpr.ExprKind.Kind.CONSTANT;
    }
}
