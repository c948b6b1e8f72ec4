package dev.agentos.scripting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What was ever tried to get out of a sandbox. Each probe says how it ends: {@code forbidden}, refused by name;
 * {@code fails}, an error of the script's own; or {@code is VALUE}, harmless and with that result.
 */
class EscapeTest {

    private static final ScriptEngine ENGINE = new ScriptEngine(2, 64L * 1024 * 1024);

    /** A probe of the corpus. */
    record Probe(String name, String end, String source) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Probe> corpus() throws IOException {
        List<Probe> probes = new ArrayList<>();
        try (InputStream in = EscapeTest.class.getResourceAsStream("escapes.txt")) {
            if (in == null) {
                throw new IllegalStateException("The corpus is missing");
            }
            String[] entries = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n?## ");
            for (String entry : List.of(entries).subList(1, entries.length)) {
                String[] head = entry.substring(0, entry.indexOf('\n')).split(" => ");
                probes.add(new Probe(head[0], head[1], entry.substring(entry.indexOf('\n') + 1)));
            }
        }
        return probes.stream();
    }

    @Test
    void theCorpusIsLarge() throws IOException {
        assertThat(corpus()).hasSizeGreaterThan(80);
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void noScriptGetsOut(Probe probe) {
        FakeHost host = new FakeHost((name, arguments) -> ToolResult.of(arguments));
        Script script = FakeHost.script(probe.source(), JsonObject.of("a", 1));
        List<JsonValue> results = new ArrayList<>();
        AgentOsException e =
                catchThrowableOfType(AgentOsException.class, () -> results.add(ENGINE.execute(script, host)));
        switch (probe.end()) {
            case "forbidden" -> {
                assertThat(e).isNotNull();
                assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(ScriptErrorCode.FORBIDDEN);
            }
            case "fails" -> {
                assertThat(e).as(results.toString()).isNotNull();
                assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(ScriptErrorCode.FAILED);
            }
            default ->
                assertThat(e == null ? results.toString() : e.getMessage())
                        .isEqualTo("[" + probe.end().substring(3) + "]");
        }
        if (e != null) {
            assertThat(e.getMessage()).doesNotContain("dev.agentos", "java.lang", "run.endive", "\tat ");
        }
        assertThat(host.calls).as("calls of the host").isEmpty();
    }
}
