package evil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BiConsumer;

/** Ways to end the process with status 7; each works once, so that a host without a sandbox tries them one by one. */
public final class Exits {
    private static final Map<String, Act> ALL = new LinkedHashMap<>();

    static {
        ALL.put("exit.system", () -> {
            System.exit(7);
            return true;
        });
        ALL.put("exit.runtime", () -> {
            Runtime.getRuntime().exit(7);
            return true;
        });
        ALL.put("exit.halt", () -> {
            Runtime.getRuntime().halt(7);
            return true;
        });
        ALL.put(
                "exit.reflection",
                () -> System.class.getMethod("exit", int.class).invoke(null, 7));
        ALL.put("exit.handle", () -> {
            MethodHandles.publicLookup()
                    .findStatic(System.class, "exit", MethodType.methodType(void.class, int.class))
                    .invoke(7);
            return true;
        });
        ALL.put(
                "exit.common-pool",
                () -> ForkJoinPool.commonPool().submit(() -> System.exit(7)).get());
    }

    private Exits() {}

    /** Tries those from that number on. */
    public static void run(int from, BiConsumer<String, String> outcomes) {
        int number = 0;
        for (Map.Entry<String, Act> exit : ALL.entrySet()) {
            if (number++ >= from) {
                outcomes.accept(exit.getKey(), Evil.outcome(exit.getValue()));
            }
        }
    }
}
