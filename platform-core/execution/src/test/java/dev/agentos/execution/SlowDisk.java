package dev.agentos.execution;

import dev.agentos.execution.ExecutionStore.Entry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A store whose logs keep what is appended in memory until somebody waits for the disk, which does not answer until it
 * is opened. What no one waited for is lost when its server ends.
 */
final class SlowDisk {

    /** Reached when something must be durable for the first time. */
    final CountDownLatch awaited = new CountDownLatch(1);

    private final CountDownLatch opened = new CountDownLatch(1);
    private final List<Entry> appended = new ArrayList<>();

    /** That store on this disk. */
    ExecutionStore of(ExecutionStore store) {
        return (ExecutionStore) Proxy.newProxyInstance(
                SlowDisk.class.getClassLoader(), new Class<?>[] {ExecutionStore.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(store, arguments);
                        return method.getName().equals("open") ? slow((ExecutionStore.Running) result) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
    }

    /** Lets whoever waits, and will wait, go on. */
    void open() {
        opened.countDown();
    }

    /** What was given to the log without waiting, since somebody waited last. */
    synchronized List<Entry> appended() {
        return List.copyOf(appended);
    }

    private ExecutionStore.Running slow(ExecutionStore.Running running) {
        return new ExecutionStore.Running(
                running.claim(), running.resumption(), new Log(running.claim().lease(), running.log()));
    }

    private synchronized List<Entry> taken() {
        List<Entry> all = List.copyOf(appended);
        appended.clear();
        return all;
    }

    private final class Log extends ForwardingLog {

        private final Lease lease;

        Log(Lease lease, ExecutionStore.Log log) {
            super(log);
            this.lease = lease;
        }

        @Override
        public void append(List<Entry> entries) {
            synchronized (SlowDisk.this) {
                appended.addAll(entries);
            }
        }

        @Override
        public void write(List<Entry> entries) {
            settle();
            log.write(entries);
        }

        @Override
        public void settle() {
            awaited.countDown();
            try {
                opened.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LeaseLostException(lease);
            }
            log.append(taken());
            log.settle();
        }
    }
}
