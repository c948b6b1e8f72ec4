package dev.agentos.pluginworker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** What a plugin asks in one call: answered side by side, so many at once, and not beyond the call's end. */
final class Answering {

    private static final int MOST = 16;

    private final Semaphore room = new Semaphore(MOST);
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final String name;

    /** For a call that is named so. */
    Answering(String name) {
        this.name = name;
    }

    /** Begins to answer once there is room for it; whoever asks more meanwhile is not listened to. */
    void begin(Runnable answer) throws InterruptedException {
        room.acquire();
        Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                answer.run();
            } finally {
                threads.remove(Thread.currentThread());
                room.release();
            }
        });
        threads.add(thread);
        thread.start();
    }

    /** Nobody wants the answers any more. */
    void interrupt() {
        threads.forEach(Thread::interrupt);
    }

    /** Ends what is still being answered and waits for that. */
    void end() {
        boolean interrupted = Thread.interrupted();
        interrupt();
        room.acquireUninterruptibly(MOST);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
