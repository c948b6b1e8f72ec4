package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Pages of lists of which somebody sees a part. */
class PagesWithinReachTest {

    private int reads;

    private Page<String> list(List<String> all, PageRequest request) {
        reads++;
        return Page.of(
                all.stream()
                        .filter(one -> request.cursor().isEmpty()
                                || one.compareTo(request.cursor().get()) > 0)
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                one -> one);
    }

    @Test
    void everyPageIsFullButTheLastAndNothingIsLostOrTwice() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<String> all = IntStream.range(0, random.nextInt(600))
                    .mapToObj("%05d"::formatted)
                    .toList();
            int one = 1 + random.nextInt(40);
            Predicate<String> seen = id -> Integer.parseInt(id) % one == 0;
            int limit = 1 + random.nextInt(30);
            List<String> found = new ArrayList<>();
            Optional<String> cursor = Optional.empty();
            do {
                Page<String> page =
                        AgentAccess.page(new PageRequest(limit, cursor), request -> list(all, request), seen, id -> id);
                found.addAll(page.items());
                cursor = page.next();
                assertThat(page.items()).as("seed %s", seed).hasSizeLessThanOrEqualTo(limit);
                if (cursor.isPresent()) {
                    assertThat(page.items()).as("seed %s", seed).hasSize(limit);
                }
            } while (cursor.isPresent());
            assertThat(found)
                    .as("seed %s", seed)
                    .isEqualTo(all.stream().filter(seen).toList());
        }
    }

    @Test
    void whoSeesAllReadsOnceAndWhoSeesNothingReadsBounded() {
        List<String> all =
                IntStream.range(0, 10_000).mapToObj("%05d"::formatted).toList();
        assertThat(AgentAccess.page(
                                new PageRequest(50, Optional.empty()), page -> list(all, page), id -> true, id -> id)
                        .items())
                .hasSize(50);
        assertThat(reads).isEqualTo(1);
        reads = 0;
        Page<String> none =
                AgentAccess.page(new PageRequest(1, Optional.empty()), page -> list(all, page), id -> false, id -> id);
        assertThat(none.items()).isEmpty();
        assertThat(none.next()).isPresent();
        assertThat(reads).isLessThanOrEqualTo(20);
    }

    /** A store ends a page early whose items are large; many such pages are not gathered into one. */
    @Test
    void aPageThatIsShortBecauseItIsLargeStaysAlone() {
        List<String> all = IntStream.range(0, 20).mapToObj("%05d"::formatted).toList();
        List<String> found = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<String> page = AgentAccess.page(
                    new PageRequest(50, cursor),
                    request -> list(all, new PageRequest(4, request.cursor())),
                    id -> id.compareTo("00008") >= 0,
                    id -> id);
            found.addAll(page.items());
            sizes.add(page.items().size());
            cursor = page.next();
        } while (cursor.isPresent());
        assertThat(found).isEqualTo(all.subList(8, 20));
        assertThat(sizes).containsExactly(4, 4, 4);
    }
}
