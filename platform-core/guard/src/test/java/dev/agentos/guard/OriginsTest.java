package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which threads count for a plugin. */
class OriginsTest {

    @Test
    void threadsOfTheJdkCountForWhoIsTheirReasonAndAreNotItsOwn() {
        Domain plugin = new Domain("p", null, (act, target) -> false, (id, permission, sink) -> {});
        Set<Thread> before = helpers();
        Cleaner first = Cleaner.create();
        Cleaner second = Cleaner.create();
        Set<Thread> fresh = helpers();
        fresh.removeAll(before);
        assertThat(fresh).hasSize(2);
        Thread one = fresh.iterator().next();
        fresh.remove(one);

        assertThat(Origins.started(one, plugin)).isTrue();
        assertThat(Origins.started(one, plugin)).isTrue();
        assertThat(plugin.helpers).hasValue(1);
        assertThat(plugin.platformThreads).hasValue(0);
        assertThat(Origins.of(one)).isNull();

        plugin.helpers.set(Origins.MOST_HELPERS);
        assertThat(Origins.started(fresh.iterator().next(), plugin)).isFalse();
        assertThat(Judgement.ofRevoked(
                        Rule.THREAD_START, plugin, fresh.iterator().next()))
                .isEqualTo("thread.start");
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
    }

    private static Set<Thread> helpers() {
        Set<Thread> found = new HashSet<>(Thread.getAllStackTraces().keySet());
        found.removeIf(thread -> !thread.getClass().getName().equals("jdk.internal.misc.InnocuousThread"));
        return found;
    }
}
