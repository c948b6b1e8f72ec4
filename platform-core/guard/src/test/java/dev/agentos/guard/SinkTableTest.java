package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The table against the JDK that runs the test. */
class SinkTableTest {

    @Test
    void everyLineFitsThisJdkAndEveryClassCanBeWoven() throws Exception {
        List<String> missing = new ArrayList<>();
        Weaver weaver = new Weaver(Bridge.NAME, List.of());
        for (Map.Entry<String, List<SinkTable.Row>> entry :
                SinkTable.load().rows().entrySet()) {
            byte[] woven = weaver.weave(entry.getKey(), bytes(entry.getKey()), entry.getValue(), missing);
            assertThat(ClassFile.of().parse(woven).methods()).isNotEmpty();
        }
        assertThat(missing).isEmpty();
        assertThat(weaver.sinks()).hasSizeGreaterThan(200);
    }

    @Test
    void aLineThatFitsNothingIsNamed() throws Exception {
        List<String> missing = new ArrayList<>();
        SinkTable.Row row = new SinkTable.Row("java.lang.Runtime", "explode", "", Rule.JVM_EXIT, List.of());
        new Weaver(Bridge.NAME, List.of())
                .weave("java.lang.Runtime", bytes("java.lang.Runtime"), List.of(row), missing);
        assertThat(missing).containsExactly("java.lang.Runtime.explode");
    }

    @Test
    void wovenMethodsCallTheBridgeFirst() throws Exception {
        SinkTable.Row row = new SinkTable.Row("java.lang.Runtime", "exit", "(I)V", Rule.JVM_EXIT, List.of());
        byte[] woven = new Weaver(Bridge.NAME, List.of())
                .weave("java.lang.Runtime", bytes("java.lang.Runtime"), List.of(row), new ArrayList<>());
        MethodModel exit = ClassFile.of().parse(woven).methods().stream()
                .filter(method -> method.methodName().equalsString("exit"))
                .findFirst()
                .orElseThrow();
        assertThat(exit.code().orElseThrow().elementList().toString()).contains("jdk/internal/misc/AgentOsGuard");
    }

    private static byte[] bytes(String type) throws IOException, ClassNotFoundException {
        Module module =
                Class.forName(type, false, ClassLoader.getPlatformClassLoader()).getModule();
        try (InputStream in = module.getResourceAsStream(type.replace('.', '/') + ".class")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }
}
