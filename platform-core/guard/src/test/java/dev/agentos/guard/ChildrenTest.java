package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;

/** What is kept of the processes that a plugin starts. */
class ChildrenTest {

    private final Children children = new Children();

    @Test
    void aStartThatFailedKeepsNoThread() throws InterruptedException {
        WeakReference<Thread> thread = failing();
        for (int n = 0; n < 100 && thread.get() != null; n++) {
            System.gc();
        }
        assertThat(thread.get()).isNull();
    }

    /** In a method of its own: no variable of the caller's holds the thread. */
    private WeakReference<Thread> failing() throws InterruptedException {
        Thread thread = new Thread(children::mayBegin);
        thread.start();
        thread.join();
        return new WeakReference<>(thread);
    }

    @Test
    void startsThatFailedTakeNoPlaceOnTheirThread() {
        for (int n = 0; n <= Children.MOST; n++) {
            assertThat(children.mayBegin()).isTrue();
        }
    }

    @Test
    void whatIsRevokedKeepsNothingAndBeginsNothing() throws Exception {
        Domain plugin = new Domain("p", null, (act, target) -> false, (id, permission, sink) -> {});
        assertThat(plugin.children.mayBegin()).isTrue();
        WeakReference<Process> early = begun(plugin);
        assertThat(plugin.children.mayBegin()).isTrue();
        plugin.revoke();
        WeakReference<Process> late = begun(plugin);
        assertThat(plugin.children.mayBegin()).isFalse();
        for (int n = 0; n < 100 && (early.get() != null || late.get() != null); n++) {
            System.gc();
        }
        assertThat(early.get()).isNull();
        assertThat(late.get()).isNull();
    }

    private static WeakReference<Process> begun(Domain plugin) throws Exception {
        Process process = new ProcessBuilder("true").start();
        plugin.children.begun(process);
        process.waitFor();
        return new WeakReference<>(process);
    }
}
