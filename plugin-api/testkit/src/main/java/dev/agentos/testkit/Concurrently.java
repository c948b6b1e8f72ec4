package dev.agentos.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Makes the same call from several threads at once: an extension has one instance for all. */
final class Concurrently {

    private static final int CALLS = 4;

    private Concurrently() {}

    static <T> List<T> call(Callable<T> call) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(CALLS)) {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(java.util.Collections.nCopies(CALLS, call))) {
                results.add(result.get());
            }
            return results;
        }
    }
}
