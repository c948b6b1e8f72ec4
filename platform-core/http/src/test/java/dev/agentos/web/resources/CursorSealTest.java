package dev.agentos.web.resources;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Cursors while the key that seals them is replaced, on two servers. */
class CursorSealTest {

    private static final byte[] FIRST = {1};
    private static final byte[] SECOND = {2};
    private static final byte[] THIRD = {3};

    private final AtomicReference<List<byte[]>> keys = new AtomicReference<>(List.of(FIRST));
    private final AtomicLong time = new AtomicLong();
    private final CursorSeal here = new CursorSeal(keys::get, time::get);
    private final CursorSeal there = new CursorSeal(keys::get, time::get);

    private void refused(CursorSeal seal, String cursor) {
        assertThatThrownBy(() -> seal.require("list", cursor)).isInstanceOf(InvalidInputException.class);
    }

    private void taken(String cursor) {
        for (CursorSeal seal : List.of(here, there)) {
            assertThatCode(() -> seal.require("list", cursor)).doesNotThrowAnyException();
        }
    }

    @Test
    void aListGoesOnWhileTheKeyIsReplacedAndEndsWithIt() {
        String before = here.sealed("list", "a");
        taken(before);
        keys.set(List.of(SECOND, FIRST));
        String late = there.sealed("list", "b");
        taken(before);
        taken(late);
        time.addAndGet(TimeUnit.SECONDS.toNanos(10));
        String after = here.sealed("list", "c");
        taken(after);
        keys.set(List.of(THIRD, SECOND));
        time.addAndGet(TimeUnit.SECONDS.toNanos(10));
        taken(after);
        refused(here, before);
        refused(there, late);
    }

    @Test
    void whatANewKeyHasSealedElsewhereIsTakenAtOnce() {
        taken(here.sealed("list", "a"));
        keys.set(List.of(SECOND, FIRST));
        CursorSeal restarted = new CursorSeal(keys::get, time::get);
        taken(restarted.sealed("list", "b"));
        refused(here, restarted.sealed("other", "b"));
    }
}
