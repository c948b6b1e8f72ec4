package dev.agentos.outbound;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks up hosts for one caller, on threads of which there are few: a look-up that nobody waits for any more cannot be
 * ended, and many of them would be a way to use the server up.
 */
final class LookUps {

    /** How many may be under way, those included that nobody waits for any more. */
    static final int MOST = 16;

    private final Names names;
    private final Semaphore free = new Semaphore(MOST);

    LookUps(Names names) {
        this.names = names;
    }

    /** The addresses of a host, as far as they are known in time. */
    List<InetAddress> addresses(String host, Expiry expiry)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (!free.tryAcquire(expiry.left(), TimeUnit.NANOSECONDS)) {
            throw new TimeoutException();
        }
        FutureTask<List<InetAddress>> task = new FutureTask<>(() -> names.addresses(host)) {
            @Override
            protected void done() {
                free.release();
            }
        };
        Threads.daemon(task, "look-up of " + host).start();
        return List.copyOf(task.get(expiry.left(), TimeUnit.NANOSECONDS));
    }
}
