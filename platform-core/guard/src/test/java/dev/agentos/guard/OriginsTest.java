package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

    @Test
    void whatCarriesVirtualThreadsIsNoPlugins() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        Thread carried = Thread.startVirtualThread(() -> {
            while (told.getCount() > 0) {
                Thread.onSpinWait();
            }
        });
        Set<Thread> carriers = new HashSet<>();
        while (carriers.isEmpty()) {
            carriers.addAll(Thread.getAllStackTraces().keySet());
            carriers.removeIf(thread -> !thread.getClass().getName().equals("jdk.internal.misc.CarrierThread"));
        }
        told.countDown();
        carried.join();
        Domain plugin = new Domain("p", null, (act, target) -> false, (id, permission, sink) -> {});
        plugin.revoke();
        assertThat(carriers)
                .allSatisfy(carrier -> assertThat(Judgement.ofRevoked(Rule.THREAD_START, plugin, carrier))
                        .isNull());
    }

    @Test
    void aPluginLeavesNoLoaderOnAThreadOfAll() throws Exception {
        Domain plugin = new Domain("p", null, (act, target) -> false, (id, permission, sink) -> {});
        ClassLoader foreign = new ClassLoader() {};
        CompletableFuture<List<String>> onWorker =
                CompletableFuture.supplyAsync(() -> loaders(plugin, foreign), ForkJoinPool.commonPool());
        assertThat(onWorker.get()).containsExactly("thread.control", "", "");
        CompletableFuture<Object> late = new CompletableFuture<>();
        CompletableFuture<List<String>> onScheduler = late.thenApply(then -> loaders(plugin, foreign));
        late.completeOnTimeout("late", 1, TimeUnit.MILLISECONDS);
        assertThat(onScheduler.get()).containsExactly("thread.control", "", "");
        try (ForkJoinPool own = new ForkJoinPool(1)) {
            assertThat(own.submit(() -> loaders(plugin, foreign)).get()).containsExactly("", "", "");
        }
    }

    /** What is lacking for a loader of a plugin's, for the system's and for the one that the thread has. */
    private static List<String> loaders(Domain plugin, ClassLoader foreign) {
        Thread thread = Thread.currentThread();
        return Stream.of(foreign, ClassLoader.getSystemClassLoader(), thread.getContextClassLoader())
                .map(loader -> Judgement.lacking(Rule.THREAD_LOADER, plugin, thread, loader, null))
                .map(lacking -> lacking == null ? "" : lacking)
                .toList();
    }

    private static Set<Thread> helpers() {
        Set<Thread> found = new HashSet<>(Thread.getAllStackTraces().keySet());
        found.removeIf(thread -> !thread.getClass().getName().equals("jdk.internal.misc.InnocuousThread"));
        return found;
    }
}
