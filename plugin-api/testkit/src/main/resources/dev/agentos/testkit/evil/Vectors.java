package evil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;

/** Ways to have an act done by something else than the plugin's own thread and frames. */
final class Vectors {
    private Vectors() {}

    interface Vector {
        Object run(Act act) throws Throwable;
    }

    static final Map<String, Vector> ALL = new LinkedHashMap<>();

    static {
        ALL.put("thread", act -> {
            Task task = task(act);
            new Thread(task).start();
            return result(task);
        });
        ALL.put("thread-of-thread", act -> {
            Task task = task(act);
            new Thread(() -> new Thread(task).start()).start();
            return result(task);
        });
        ALL.put("virtual", act -> {
            Task task = task(act);
            Thread.ofVirtual().start(task);
            return result(task);
        });
        ALL.put("common-pool", act -> result(ForkJoinPool.commonPool().submit((Callable<Object>) task(act)::run0)));
        ALL.put("future", act -> {
            Task task = task(act);
            CompletableFuture.runAsync(task);
            return result(task);
        });
        ALL.put("parallel", act -> {
            Task task = task(act);
            IntStream.range(0, 8).parallel().forEach(n -> task.run());
            return result(task);
        });
        ALL.put("executor", act -> {
            try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
                Task task = task(act);
                pool.execute(task);
                return result(task);
            }
        });
        ALL.put("timer", act -> {
            Timer timer = new Timer(true);
            Task task = task(act);
            timer.schedule(
                    new TimerTask() {
                        @Override
                        public void run() {
                            task.run();
                        }
                    },
                    0);
            try {
                return result(task);
            } finally {
                timer.cancel();
            }
        });
        ALL.put(
                "proxy",
                act -> unwrapped(() -> ((Callable<?>) Proxy.newProxyInstance(
                                Vectors.class.getClassLoader(),
                                new Class<?>[] {Callable.class},
                                (proxy, method, arguments) -> act.run()))
                        .call()));
        ALL.put(
                "reflection",
                act -> unwrapped(() -> Act.class.getDeclaredMethod("run").invoke(act)));
        ALL.put(
                "handle",
                act -> MethodHandles.lookup()
                        .findVirtual(Act.class, "run", MethodType.methodType(Object.class))
                        .invoke(act));
        ALL.put("comparator", act -> {
            Task task = task(act);
            new ArrayList<>(List.of(2, 1)).sort((x, y) -> {
                task.run();
                return 0;
            });
            return result(task);
        });
        ALL.put("to-string", act -> {
            Task task = task(act);
            String.valueOf(new Object() {
                @Override
                public String toString() {
                    task.run();
                    return "";
                }
            });
            return result(task);
        });
        ALL.put("initializer", act -> Initializers.run(act));
        ALL.put("delayed", act -> {
            Task task = task(act);
            CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS).execute(task);
            return result(task);
        });
        ALL.put("own-pool", act -> {
            try (ForkJoinPool pool = new ForkJoinPool(1)) {
                Task task = task(act);
                pool.execute(task);
                return result(task);
            }
        });
        ALL.put("publisher", act -> {
            Task task = task(act);
            try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>()) {
                publisher.consume(item -> task.run());
                publisher.submit("x");
                return result(task);
            }
        });
        ALL.put("serialised", act -> {
            Task task = task(act);
            new java.io.ObjectOutputStream(java.io.OutputStream.nullOutputStream()).writeObject(new Written(task));
            return result(task);
        });
        ALL.put("callback", act -> {
            Task task = task(act);
            new ConcurrentHashMap<String, Object>().computeIfAbsent("x", key -> {
                task.run();
                return key;
            });
            return result(task);
        });
    }

    /** Acts when it is written. */
    private static final class Written implements java.io.Serializable {
        private static final long serialVersionUID = 1;
        private final transient Task task;

        Written(Task task) {
            this.task = task;
        }

        private void writeObject(java.io.ObjectOutputStream out) {
            task.run();
        }
    }

    /** A task that can also be handed on as what it does. */
    private static Task task(Act act) {
        return new Task(act);
    }

    private static final class Task extends FutureTask<Object> {
        private final Act act;

        Task(Act act) {
            super(() -> {
                try {
                    return act.run();
                } catch (Exception e) {
                    throw e;
                } catch (Throwable e) {
                    throw new ExecutionException(e);
                }
            });
            this.act = act;
        }

        Object run0() throws Exception {
            run();
            return get();
        }
    }

    private static Object result(Future<Object> task) throws Throwable {
        try {
            return task.get(8, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ExecutionException inner && inner.getCause() != null
                    ? inner.getCause()
                    : e.getCause();
        }
    }

    private static Object unwrapped(Act act) throws Throwable {
        try {
            return act.run();
        } catch (InvocationTargetException | java.lang.reflect.UndeclaredThrowableException e) {
            throw e.getCause();
        }
    }
}
