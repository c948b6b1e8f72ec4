package dev.agentos.expressions;

import dev.cel.common.ast.CelExpr;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

/**
 * What one evaluation may cost. Each step counts one unit, each look into a value another; a value may weigh at most
 * {@value #HEAVIEST} characters and members. Shared parts weigh each time they appear, so that a short expression
 * cannot build a value that is endless to print or compare.
 */
final class EvaluationBudget implements CelEvaluationListener {

    static final long HEAVIEST = 4_000_000;
    private static final long UNITS = 20_000_000;

    private final Map<Object, Long> weights = new IdentityHashMap<>();
    private long spent;

    /** An evaluation cost too much. */
    static final class ExceededException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ExceededException(String message) {
            super(message);
        }
    }

    @Override
    public void callback(CelExpr expression, Object result) {
        spend();
        if (weigh(result) > HEAVIEST) {
            throw new ExceededException("it makes a value of more than " + HEAVIEST + " characters and members");
        }
    }

    void spend() {
        spent++;
        if (spent > UNITS) {
            throw new ExceededException("it takes more than " + UNITS + " steps");
        }
    }

    private long weigh(Object value) {
        return switch (value) {
            case String text -> text.length();
            case Collection<?> elements -> weighOnce(elements, elements);
            case Map<?, ?> map -> weighOnce(map, map.values()) + map.size();
            default -> 1;
        };
    }

    private long weighOnce(Object container, Collection<?> elements) {
        if (container instanceof List && !(container instanceof RandomAccess)) {
            // A list that a comprehension still grows; its elements were weighed when they were made.
            return elements.size();
        }
        Long known = weights.get(container);
        if (known != null) {
            return known;
        }
        long sum = 1;
        for (Object element : elements) {
            spend();
            sum += weigh(element);
            if (sum > HEAVIEST) {
                break;
            }
        }
        weights.put(container, sum);
        return sum;
    }
}
