package dev.agentos.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What scripts cost; executed when it is named, and nothing depends on its figures. */
class ScriptCosts {

    private static final PrintStream OUT = System.out;
    private static final OperatingSystemMXBean MACHINE =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final ScriptEngine engine = new ScriptEngine(2, 128L * 1024 * 1024);
    private final FakeHost host = new FakeHost();

    @Test
    void measure() throws IOException {
        memory("before the first script");
        Script trivial = FakeHost.script("return { n: state.n + 1 }", JsonObject.of("n", 1));
        times("trivial, cold", trivial, 1);
        memory("after the first script");
        times("trivial, the next 100", trivial, 100);
        times("trivial, 1,900 more", trivial, 1_900);
        times("trivial, warm", trivial, 2_000);
        times("one call of the host, warm", FakeHost.script("return call('echo', { n: 1 })"), 1_000);
        memory("after 5,000 scripts");
        for (int i = 0; i < 3; i++) {
            times("loop of 100,000 turns", FakeHost.script("""
                let sum = 0;
                for (let i = 0; i < 1e5; i++) sum = (sum + i * 7) % 1000003;
                return sum\
                """), 3);
        }
        times("sort, map and group 2,000 objects", FakeHost.script("""
            const items = Array.from({ length: 2000 }, (_, i) => ({ id: i * 7919 % 2000, kind: i % 7 }));
            items.sort((a, b) => a.id - b.id);
            return Object.keys(Object.groupBy(items.map(x => ({ ...x, id: x.id + 1 })), x => x.kind)).length\
            """), 10);
        JsonObject state = Json.parseObject("{\"items\":[" + "{\"name\":\"item\",\"tags\":[1,2,3]},".repeat(9_999)
                + "{\"name\":\"item\",\"tags\":[1,2,3]}]}");
        times("return a state of 320 kB", FakeHost.script("return state", state), 10);
        memory("at the end");
    }

    private void times(String name, Script script, int count) {
        long[] nanos = new long[count];
        long processor = MACHINE.getProcessCpuTime();
        for (int i = 0; i < count; i++) {
            long began = System.nanoTime();
            assertThat(engine.execute(FakeHost.within(script, ScriptLimits.MOST), host))
                    .isNotNull();
            nanos[i] = System.nanoTime() - began;
        }
        long each = (MACHINE.getProcessCpuTime() - processor) / count;
        Arrays.sort(nanos);
        OUT.printf(
                Locale.ROOT,
                "%-36s least %,8d us, median %,8d us, processor time each %,8d us%n",
                name,
                nanos[0] / 1000,
                nanos[count / 2] / 1000,
                each / 1000);
    }

    private static void memory(String when) throws IOException {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .findFirst()
                .orElse("");
        OUT.printf(Locale.ROOT, "%-36s heap %,d kB, %s%n", when, heap / 1024, resident.replaceAll("\\s+", " "));
    }
}
