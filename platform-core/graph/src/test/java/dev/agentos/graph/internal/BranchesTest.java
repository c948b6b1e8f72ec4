package dev.agentos.graph.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BranchesTest {

    @Test
    void namesAreThoseOfTheDefinitionWithoutTheirBranches() {
        assertThat(Branches.of("a/b", 4, 17)).isEqualTo("a/b#4.00017");
        assertThat(Branches.defined("a.x#1.00000/b#4.00017/c")).isEqualTo("a.x/b/c");
        assertThat(Branches.defined("a/b")).isEqualTo("a/b");
        assertThat(Branches.index("a#1.00003/b#4.00017")).isEqualTo(17);
        assertThat(Branches.through("a#1.00000/b/c#2.00001/d")).containsExactly("a#1.00000", "a#1.00000/b/c#2.00001");
        assertThat(Branches.through("a/b")).isEmpty();
    }

    @Test
    void aBranchMeetsTheOthersOfItsGroupAndEndsWithThem() {
        assertThat(Branches.is("a#1.00000/b#4.00017")).isTrue();
        assertThat(Branches.is("a#1.00000/b")).isFalse();
        assertThat(Branches.meeting("a#1.00000/b#4.00017")).isEqualTo("a#1.00000/b#4/END");
        assertThat(Branches.ended("a#1.00000/b#4.00017/END")).isEqualTo("a#1.00000/b/END");
        assertThat(Branches.ended("a#1.00000/END")).isEqualTo("a/END");
        assertThat(Branches.ended("a#1.00000/b/END")).isEqualTo("a#1.00000/b/END");
        assertThat(Branches.ended("a#1.00000")).isEqualTo("a#1.00000");
        assertThat(Branches.together("a#1.00000")).isEqualTo("a");
    }

    @Test
    void findsTheSameLevelInABranch() {
        assertThat(Branches.first("a#1.00000/b#4.00017/c", "a/b")).isEqualTo("a#1.00000/b#4.00017");
        assertThat(Branches.first("a#1.00000", "a")).isEqualTo("a#1.00000");
        assertThat(Branches.beside("a#1.00000/b", "a/c")).isEqualTo("a#1.00000/c");
        assertThat(Branches.beside("a#1.00000/b", "a")).isEqualTo("a#1.00000");
        assertThat(Branches.beside("a#1.00000", "a/c/END")).isEqualTo("a#1.00000/c/END");
        assertThat(Branches.beside("a#1.00000/END", "ab")).isEqualTo("ab");
        assertThat(Branches.beside("a#1.00000/b", "END")).isEqualTo("END");
    }

    @Test
    void isWithinWhatIsAround() {
        assertThat(Branches.within("a/b/c", List.of("a/b"))).isTrue();
        assertThat(Branches.within("a/bc", List.of("a/b"))).isFalse();
        assertThat(Branches.within("a", List.of("a"))).isTrue();
        assertThat(Branches.within("a#1.00000/b", List.of("a"))).isFalse();
    }
}
