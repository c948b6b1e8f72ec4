package dev.agentos.expressions;

import dev.cel.common.ast.CelExpr;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

/**
 * What one evaluation may cost. Each step counts one unit, each look into a value another, and each text one more for
 * every {@value #CHARACTERS} characters each time it is used; a search for a text in another is counted before it
 * begins, as long as it may take. A value may weigh at most {@value #HEAVIEST} characters and members. Shared parts
 * weigh each time they appear, so that a short expression cannot build a value that is endless to print or compare.
 * Whoever is interrupted evaluates nothing to its end.
 */
final class EvaluationBudget implements CelEvaluationListener {

    static final long HEAVIEST = 4_000_000;
    private static final long UNITS = 20_000_000;

    /** About so many characters are read in the time of one step. */
    static final long CHARACTERS = 64;

    private static final long BETWEEN_LOOKS = 1_024;

    private final Map<Object, Long> weights = new IdentityHashMap<>();
    private final Searches searches;
    private final Map<Long, Integer> lengths = new HashMap<>();
    private long spent;
    private long looked;

    EvaluationBudget(Searches searches) {
        this.searches = searches;
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

    private void spend(long units) {
        spent += units;
        if (spent > UNITS) {
            throw new ExceededException("it takes more than " + UNITS
                    + " steps, of which long texts take one for every " + CHARACTERS + " characters");
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
