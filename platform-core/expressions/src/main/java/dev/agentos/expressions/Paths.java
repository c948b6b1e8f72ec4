package dev.agentos.expressions;

import dev.cel.common.ast.CelExpr;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds in an expression what it looks at: variables, and members of them that it names. */
final class Paths {

    private final Set<List<String>> found = new LinkedHashSet<>();
    private final Set<String> inner = new LinkedHashSet<>();

    private Paths() {}

    static List<List<String>> of(CelExpr expression) {
        Paths paths = new Paths();
        paths.visit(expression);
        return paths.found.stream()
                .filter(path -> !paths.inner.contains(path.getFirst()))
                .toList();
    }

    private void visit(CelExpr expression) {
        Optional<List<String>> path = path(expression);
        if (path.isPresent()) {
            found.add(path.get());
            return;
        }
        switch (expression.getKind()) {
            case SELECT -> visit(expression.select().operand());
            case CALL -> {
                expression.call().target().ifPresent(this::visit);
                expression.call().args().forEach(this::visit);
            }
            case LIST -> expression.list().elements().forEach(this::visit);
            case MAP ->
                expression.map().entries().forEach(entry -> {
                    visit(entry.key());
                    visit(entry.value());
                });
            case COMPREHENSION -> {
                inner.add(expression.comprehension().iterVar());
                inner.add(expression.comprehension().accuVar());
                visit(expression.comprehension().iterRange());
                visit(expression.comprehension().accuInit());
                visit(expression.comprehension().loopCondition());
                visit(expression.comprehension().loopStep());
                visit(expression.comprehension().result());
            }
            default -> {
                // A constant looks at nothing.
            }
        }
    }

    /** A chain of members that begins with a variable. */
    private static Optional<List<String>> path(CelExpr expression) {
        return switch (expression.getKind()) {
            case IDENT -> Optional.of(List.of(expression.ident().name()));
            case SELECT ->
                path(expression.select().operand()).map(before -> {
                    List<String> path = new ArrayList<>(before);
                    path.add(expression.select().field());
                    return List.copyOf(path);
                });
            default -> Optional.empty();
        };
    }
}
