package evil;

import java.io.FileInputStream;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.BiConsumer;

/** What is left of the plugin when it has been unloaded: it may do nothing any more, granted or not. */
public final class Left {
    private static final BlockingQueue<FutureTask<Object>> TASKS = new LinkedBlockingQueue<>();

    private Left() {}

    /** Tries what is granted; once while the plugin is loaded, as the twins, and once when it is not. */
    public static void run(String folder, int port, boolean loaded, BiConsumer<String, String> outcomes) {
        Place in = new Place(folder, port);
        if (loaded) {
            Thread thread = new Thread(Left::serve);
            thread.setDaemon(true);
            thread.start();
        }
        Map<String, Act> acts = new LinkedHashMap<>();
        acts.put("read", () -> new FileInputStream(in.name()).read());
        acts.put("create", () -> in.missing().toFile().createNewFile());
        acts.put("thread", () -> {
            Thread thread = new Thread(() -> {});
            thread.start();
            return thread;
        });
        acts.put("virtual", () -> Thread.startVirtualThread(() -> {}));
        acts.put("connect", () -> new java.net.Socket("127.0.0.1", in.port).getPort());
        acts.put(
                "process",
                () -> new ProcessBuilder("/bin/cat", "/dev/null").start().pid());
        acts.put("own-name", () -> {
            Thread.currentThread().setName(Thread.currentThread().getName());
            return true;
        });
        for (Map.Entry<String, Act> act : acts.entrySet()) {
            String id = "left." + act.getKey();
            String twin = loaded ? " (allowed twin)" : "";
            outcomes.accept(id + twin, Evil.outcome(act.getValue()));
            outcomes.accept(id + " by its thread" + twin, Evil.outcome(() -> {
                FutureTask<Object> task = new FutureTask<>(() -> {
                    try {
                        return act.getValue().run();
                    } catch (Exception e) {
                        throw e;
                    } catch (Throwable e) {
                        throw new ExecutionException(e);
                    }
                });
                TASKS.add(task);
                return task.get(5, TimeUnit.SECONDS);
            }));
        }
    }

    private static void serve() {
        try {
            while (true) {
                TASKS.take().run();
            }
        } catch (InterruptedException e) {
            // The end.
        }
    }
}
