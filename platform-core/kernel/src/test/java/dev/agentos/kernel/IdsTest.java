package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class IdsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123Z");

    private static List<String> made(Ids ids) {
        return Stream.generate(() -> ids.next("exe")).limit(50_000).toList();
    }

    @Test
    void idsOfOneMillisecondSortAsTheyWereMade() {
        long seed = System.nanoTime();
        System.out.println("ids: seed=" + seed);
        List<String> ids = made(new Ids(() -> NOW, new Random(seed)));
        assertThat(ids).isSorted().doesNotHaveDuplicates().allMatch(id -> id.matches("exe_[0-9a-hjkmnp-tv-z]{26}"));
        assertThat(Ids.least("exe", NOW)).isLessThan(ids.getFirst());
        assertThat(Ids.least("exe", NOW.plusMillis(1))).isGreaterThan(ids.getLast());
    }

    @Test
    void idsSortByTimeWhoeverMadeThem() {
        String earlier = Ids.system().next("exe");
        String later = new Ids(() -> Instant.now().plusMillis(10), new Random()).next("exe");
        assertThat(earlier).isLessThan(later);
    }

    @Test
    void aClockThatIsSetBackIsFollowed() {
        Instant[] now = {NOW};
        Ids ids = new Ids(() -> now[0], new Random());
        String before = ids.next("exe");
        now[0] = NOW.minusMillis(1);
        assertThat(ids.next("exe")).isLessThan(before);
    }
}
