package dev.agentos.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {

    private static Reach of(String... names) {
        return Reach.read(List.of(names));
    }

    @Test
    void aNameCoversItselfAndAPackAllOfItsAgents() {
        Reach reach = of("support/triage", "billing/*", "invoices");
        assertThat(List.of("support/triage", "billing/refund", "billing/*", "invoices"))
                .allMatch(reach::covers);
        assertThat(List.of("support/other", "support/*", "billing", "billings/x", "x/billing/y", "invoices/x", ""))
                .noneMatch(reach::covers);
        assertThat(Reach.ALL.covers("anything")).isTrue();
        assertThat(Reach.NONE.covers("anything")).isFalse();
    }

    @Test
    void withinIsHeldByEachName() {
        assertThat(of("p/a").within(of("p/*"))).isTrue();
        assertThat(of("p/*").within(of("p/a"))).isFalse();
        assertThat(of("p/*").within(of("p/*", "q"))).isTrue();
        assertThat(of("p/a", "q").within(of("p/*"))).isFalse();
        assertThat(Reach.ALL.within(of("p/*"))).isFalse();
        assertThat(of("p/*").within(Reach.ALL)).isTrue();
        assertThat(Reach.NONE.within(of("p/a"))).isTrue();
        assertThat(of("p/a").within(Reach.NONE)).isFalse();
    }

    @Test
    void whatBothAreAboutIsTheNarrowerOfEach() {
        assertThat(of("p/*", "x").and(of("p/a", "q/b"))).isEqualTo(of("p/a"));
        assertThat(of("p/*").and(of("p/*"))).isEqualTo(of("p/*"));
        assertThat(of("p/a").and(of("q/a"))).isEqualTo(Reach.NONE);
        assertThat(of("p/a").and(Reach.ALL)).isEqualTo(of("p/a"));
        assertThat(Reach.ALL.and(of("p/a"))).isEqualTo(of("p/a"));
        assertThat(of("p/a").or(of("q/a"))).isEqualTo(of("p/a", "q/a"));
        assertThat(of("p/a").or(Reach.ALL)).isEqualTo(Reach.ALL);
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        assertThat(Reach.of(of("p/a", "q").written())).isEqualTo(of("p/a", "q"));
        assertThat(Reach.of(Reach.ALL.written())).isEqualTo(Reach.ALL);
        assertThat(Reach.of(Reach.NONE.written())).isEqualTo(Reach.NONE);
        assertThat(of("*")).isEqualTo(Reach.ALL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "p*",
                "*/a",
                "p/a*",
                "p/q/*",
                "**",
                " p/a",
                "../x",
                "p/../x",
                "..",
                "/x",
                "p/",
                "p//a",
                "P/a",
                "p/a\n",
                "p/a/b",
                "\u0000",
                "-p",
                "pack research/a"
            })
    void whatNamesNothingIsRefused(String name) {
        assertThatThrownBy(() -> of(name)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> of("p/a", name)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void allIsNotSaidBesideSome() {
        assertThatThrownBy(() -> of("*", "p/a")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> of()).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void rightsAreAddedUpScopeByScope() {
        Rights sees = Rights.of(Set.of(Scope.EXECUTIONS_READ));
        Rights starts = Rights.of(Set.of(Scope.EXECUTIONS_READ, Scope.EXECUTIONS_WRITE), of("p/a"));
        Rights both = sees.and(starts);
        assertThat(both.reach(Scope.EXECUTIONS_READ)).isEqualTo(Reach.ALL);
        assertThat(both.reach(Scope.EXECUTIONS_WRITE)).isEqualTo(of("p/a"));
        assertThat(both.reach(Scope.GRAPHS_READ)).isEqualTo(Reach.NONE);
        assertThat(both.lacking(Rights.of(Set.of(Scope.EXECUTIONS_READ)))).isEmpty();
        assertThat(both.lacking(Rights.of(Set.of(Scope.EXECUTIONS_WRITE)))).containsExactly(Scope.EXECUTIONS_WRITE);
        assertThat(both.limitedTo(Rights.of(Set.of(Scope.EXECUTIONS_READ), of("q"))))
                .isEqualTo(Rights.of(Set.of(Scope.EXECUTIONS_READ), of("q")));
    }

    @Test
    void whatIsAboutTheTenantAsAWholeIsNotHeldConfined() {
        for (Scope scope : Scope.values()) {
            assertThat(Rights.of(Set.of(scope), of("p/a")).reaches())
                    .isEqualTo(scope.confinable() ? Map.of(scope, of("p/a")) : Map.of());
        }
        assertThat(List.of(Scope.AUDIT_READ, Scope.DATA_EXPORT, Scope.PACKS_WRITE, Scope.POLICIES_WRITE))
                .noneMatch(Scope::confinable);
    }
}
