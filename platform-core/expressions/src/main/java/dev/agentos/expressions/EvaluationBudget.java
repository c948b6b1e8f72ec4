package dev.agentos.expressions;

import dev.cel.common.ast.CelExpr;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * What one evaluation may cost. Each step counts one unit, each look into a value another, and each text one more for
 * every {@value #CHARACTERS} characters each time it is used; a search for a text in another or {@link Patterns by a
 * pattern}, and a look through lists and maps that are compared, is counted before it begins, as long as it may take. A
 * value may weigh at most {@value #HEAVIEST} characters and members. Shared parts weigh each time they appear, so that
 * a short expression cannot build a value that is endless to print or compare. Whoever is interrupted evaluates nothing
 * to its end.
 */
final class EvaluationBudget implements CelEvaluationListener {

    static final long HEAVIEST = 4_000_000;
    private static final long UNITS = 20_000_000;

    /** About so many characters are read in the time of one step. */
    static final long CHARACTERS = 64;

    private static final long BETWEEN_LOOKS = 1_024;

    private final Map<Object, Long> weights = new IdentityHashMap<>();
    private final Searches searches;
    private final Comparisons comparisons;
    private final Map<Long, Integer> lengths = new HashMap<>();
    private final Map<Long, Object> operands = new HashMap<>();
    /** How many steps it takes to look through a list or a map to its depth. */
    private final Map<Object, Long> depths = new IdentityHashMap<>();

    private long spent;
    private long looked;

    EvaluationBudget(Searches searches, Comparisons comparisons) {
        this.searches = searches;
        this.comparisons = comparisons;
    }

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
        if (result instanceof String text) {
            spend(text.length() / CHARACTERS);
            search(expression.id(), text.length());
        }
        if (comparisons.uses(expression.id())) {
            operands.put(expression.id(), result);
            compare(expression.id());
        }
    }

    private void compare(long id) {
        switch (comparisons.at(id)) {
            case Comparisons.Equality(long left, long right)
            when container(operands.get(left)) && container(operands.get(right)) ->
                spend(Math.min(depth(operands.get(left)), depth(operands.get(right))));
            case Comparisons.Membership(Long value, long list)
            when operands.get(list) instanceof Collection<?> elements -> {
                long each = value == null ? 1 : depth(operands.get(value));
                spend(Math.min(elements.size() * each, depth(elements)));
            }
            case Comparisons.Extreme(long list)
            when operands.get(list) instanceof Collection<?> elements -> spend(elements.size());
            case null, default -> {
                // Nothing begins yet, or nothing that is looked through.
            }
        }
    }

    private static boolean container(@Nullable Object value) {
        return value instanceof Collection || value instanceof Map;
    }

    private long depth(@Nullable Object value) {
        return switch (value) {
            case String text -> 1 + text.length() / CHARACTERS;
            case Collection<?> elements -> depthOnce(elements, elements, List.of());
            case Map<?, ?> map -> depthOnce(map, map.values(), map.keySet());
            case null, default -> 1;
        };
    }

    private long depthOnce(Object container, Collection<?> elements, Collection<?> keys) {
        Long known = depths.get(container);
        if (known != null) {
            return known;
        }
        long sum = 1;
        for (Collection<?> part : List.of(elements, keys)) {
            for (Object element : part) {
                spend();
                sum += depth(element);
                if (sum > UNITS) {
                    break;
                }
            }
        }
        if (!(container instanceof List) || container instanceof RandomAccess) {
            // Another one may still grow.
            depths.put(container, sum);
        }
        return sum;
    }

    private void search(long id, int length) {
        if (searches.isEmpty()) {
            return;
        }
        lengths.put(id, length);
        Searches.Search search = searches.at(id);
        if (search != null) {
            long part = search.part() == 0 ? search.named() : length;
            spend(lengths.getOrDefault(search.text(), 0) * part / CHARACTERS);
        }
    }

    void spend() {
        spend(1);
    }

    /** Counts that many steps, before they are made. */
    void spend(long units) {
        spent += units;
        if (spent > UNITS) {
            throw new ExceededException("it takes more than " + UNITS
                    + " steps, of which long texts take one for every " + CHARACTERS
                    + " characters, lists that are compared one for every element and patterns one for every few"
                    + " characters and instructions of theirs multiplied");
        }
        if (spent - looked >= BETWEEN_LOOKS) {
            looked = spent;
            if (Thread.currentThread().isInterrupted()) {
                throw new ExceededException("it was interrupted");
            }
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
