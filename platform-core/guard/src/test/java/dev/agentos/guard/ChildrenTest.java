package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
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
        Thread thread = new Thread(() -> children.mayBegin(1));
        thread.start();
        thread.join();
        return new WeakReference<>(thread);
    }

    @Test
    void startsThatFailedTakeNoPlaceOnTheirThread() {
        for (int n = 0; n <= Children.MOST; n++) {
            assertThat(children.mayBegin(1)).isTrue();
        }
    }

    @Test
    void whoBeginsOneInTheMidstOfAnotherTakesAPlaceForEach() {
        for (int n = 1; n <= Children.MOST; n++) {
            assertThat(children.mayBegin(n)).isTrue();
        }
        assertThat(children.mayBegin(Children.MOST + 1)).isFalse();
        // The innermost failed, the one around it tries again, and all come to their end.
        assertThat(children.mayBegin(Children.MOST - 1)).isTrue();
        for (int n = 1; n < Children.MOST; n++) {
            assertThat(children.begun(new Living())).isTrue();
        }
        assertThat(children.mayBegin(1)).isTrue();
        assertThat(children.mayBegin(2)).isFalse();
    }

    @Test
    void aStartThatTookTooLongHasNoPlaceWhenOthersHaveIt() throws InterruptedException {
        Children slow = new Children(-1);
        assertThat(slow.mayBegin(1)).isTrue();
        Thread others = new Thread(() -> {
            for (int n = 0; n < Children.MOST; n++) {
                assertThat(slow.mayBegin(1)).isTrue();
                assertThat(slow.begun(new Living())).isTrue();
            }
        });
        others.start();
        others.join();
        assertThat(slow.begun(new Living())).isFalse();
    }

    /** A process that does not end. */
    private static final class Living extends Process {
        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public InputStream getInputStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public InputStream getErrorStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public int waitFor() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int exitValue() {
            throw new IllegalThreadStateException();
        }

        @Override
        public void destroy() {}
    }

    @Test
    void whatIsRevokedKeepsNothingAndBeginsNothing() throws Exception {
        Domain plugin = new Domain("p", null, (act, target) -> false, (id, permission, sink) -> {});
        assertThat(plugin.children.mayBegin(1)).isTrue();
        WeakReference<Process> early = begun(plugin);
        assertThat(plugin.children.mayBegin(1)).isTrue();
        plugin.revoke();
        WeakReference<Process> late = begun(plugin);
        assertThat(plugin.children.mayBegin(1)).isFalse();
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
