package dev.agentos.execution;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.BiConsumer;

/** An execution store between which and its user something goes wrong. */
public final class FaultyStore {

    private FaultyStore() {}

    /** When a fault may happen: before the store has done its work, or after it was committed. */
    public enum Moment {
        BEFORE,
        AFTER
    }

    /** That store, with a fault that is asked at each call and throws if it happens. */
    public static ExecutionStore of(ExecutionStore store, BiConsumer<Moment, String> fault) {
        return (ExecutionStore) Proxy.newProxyInstance(
                FaultyStore.class.getClassLoader(),
                new Class<?>[] {ExecutionStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().startsWith("listen")) {
                        return method.invoke(store, arguments);
                    }
                    fault.accept(Moment.BEFORE, method.getName());
                    Object result;
                    try {
                        result = method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                    fault.accept(Moment.AFTER, method.getName());
                    return switch (result) {
                        case ExecutionStore.Running running -> faulty(running, fault);
                        case ExecutionStore.Opening(var running, var admitted) ->
                            new ExecutionStore.Opening(running.map(one -> faulty(one, fault)), admitted);
                        case null, default -> result;
                    };
                });
    }

    private static ExecutionStore.Running faulty(ExecutionStore.Running running, BiConsumer<Moment, String> fault) {
        return new ExecutionStore.Running(running.claim(), running.resumption(), new FaultyLog(running.log(), fault));
    }

    /** A log whose writer may be ended before or after an entry is stored. */
    private static final class FaultyLog extends ForwardingLog {

        private final BiConsumer<Moment, String> fault;

        FaultyLog(ExecutionStore.Log log, BiConsumer<Moment, String> fault) {
            super(log);
            this.fault = fault;
        }

        @Override
        public void append(List<ExecutionStore.Entry> entries) {
            // Of those that are given together, too, a crash leaves any beginning.
            entries.forEach(entry -> around("append", () -> log.append(entry)));
        }

        @Override
        public void write(List<ExecutionStore.Entry> entries) {
            append(entries.subList(0, entries.size() - 1));
            around("write", () -> log.write(entries.getLast()));
        }

        @Override
        public void settle() {
            around("settle", log::settle);
        }

        private void around(String what, Runnable call) {
            fault.accept(Moment.BEFORE, what);
            call.run();
            fault.accept(Moment.AFTER, what);
        }
    }
}
