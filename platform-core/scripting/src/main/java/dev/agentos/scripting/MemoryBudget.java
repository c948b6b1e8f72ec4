package dev.agentos.scripting;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The memory of all scripts together, in WebAssembly pages: the heap of the server stays bounded whatever they do. */
final class MemoryBudget {

    private final Semaphore free;

    MemoryBudget(int pages) {
        this.free = new Semaphore(pages, true);
    }

    /** Takes what a script begins with, waiting for others to end. */
    boolean begin(int pages, Duration patience) throws InterruptedException {
        return free.tryAcquire(pages, patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Takes more for a script that runs; never waits, since those who hold memory would wait for each other. */
    boolean grow(int pages) {
        return free.tryAcquire(pages);
    }

    void release(int pages) {
        free.release(pages);
    }

    int freePages() {
        return free.availablePermits();
    }
}
