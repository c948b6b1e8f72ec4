package dev.agentos.expressions;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where an expression looks for one text in another. That may take as many steps as both are long together multiplied,
 * in a single call, so its cost must be known before it begins: when the latter of the two has its value.
 */
final class Searches {

    /** None. */
    static final Searches NONE = new Searches();

    private static final Set<String> FUNCTIONS = Set.of("contains", "indexOf", "lastIndexOf", "split");

    /** Searches by the id of what has its value last. */
    private final Map<Long, Search> searches = new HashMap<>();

    /**
     * A search.
     *
     * @param text the id of where
     * @param part the id of what for; that of a text which the expression names is 0
     * @param named how long the text is that the expression names
     */
    record Search(long text, long part, int named) {}

    private Searches() {}

    static Searches of(CelExpr expression) {
        Searches found = new Searches();
        visit(expression, found::call);
        return found;
    }

    /** The search that begins when that has its value; null when there is none. */
    @Nullable
    Search at(long id) {
        return searches.get(id);
    }

    /** Whether there are none, so that no length need be remembered. */
    boolean isEmpty() {
        return searches.isEmpty();
    }

    /** Tells of each call in an expression. */
    static void visit(CelExpr expression, Consumer<CelExpr.CelCall> calls) {
        switch (expression.getKind()) {
            case SELECT -> visit(expression.select().operand(), calls);
            case CALL -> {
                expression.call().target().ifPresent(target -> visit(target, calls));
                expression.call().args().forEach(argument -> visit(argument, calls));
                calls.accept(expression.call());
            }
            case LIST -> expression.list().elements().forEach(element -> visit(element, calls));
            case MAP ->
                expression.map().entries().forEach(entry -> {
                    visit(entry.key(), calls);
                    visit(entry.value(), calls);
                });
            case STRUCT -> expression.struct().entries().forEach(entry -> visit(entry.value(), calls));
            case COMPREHENSION -> {
                visit(expression.comprehension().iterRange(), calls);
                visit(expression.comprehension().accuInit(), calls);
                visit(expression.comprehension().loopCondition(), calls);
                visit(expression.comprehension().loopStep(), calls);
                visit(expression.comprehension().result(), calls);
            }
            default -> {
                // A constant or a name calls nothing.
            }
        }
    }

    private void call(CelExpr.CelCall call) {
        List<CelExpr> arguments = call.args();
        boolean member = call.target().isPresent();
        if (!FUNCTIONS.contains(call.function()) || arguments.size() < (member ? 1 : 2)) {
            return;
        }
        CelExpr text = member ? call.target().get() : arguments.getFirst();
        CelExpr part = arguments.get(member ? 0 : 1);
        if (part.getKind() == CelExpr.ExprKind.Kind.CONSTANT) {
            searches.put(text.id(), new Search(text.id(), 0, named(part.constant())));
        } else {
            searches.put(part.id(), new Search(text.id(), part.id(), 0));
        }
    }

    private static int named(CelConstant constant) {
        return constant.getKind() == CelConstant.Kind.STRING_VALUE
                ? constant.stringValue().length()
                : 1;
    }
}
