package dev.agentos.scripting;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A host that answers with a function and remembers what it was asked. */
final class FakeHost implements ScriptHost {

    static final Instant NOW = Instant.parse("2026-02-03T04:05:06.789Z");

    private final Work work;
    final List<String> calls = new ArrayList<>();
    final List<String> lines = new ArrayList<>();

    /** Answers a call. */
    @FunctionalInterface
    interface Work {
        ToolResult call(String name, JsonValue arguments) throws InterruptedException;
    }

    FakeHost(Work work) {
        this.work = work;
    }

    /** A host whose functions answer with what they were given. */
    FakeHost() {
        this((name, arguments) -> ToolResult.of(arguments));
    }

    static Script script(String source, JsonObject state) {
        return new Script(source, state, List.of("echo"), "exe_1/1/code", NOW, time(Duration.ofMinutes(1)));
    }

    static Script script(String source) {
        return script(source, JsonObject.EMPTY);
    }

    static Script within(Script script, ScriptLimits limits) {
        return new Script(script.source(), script.state(), script.tools(), script.seed(), script.now(), limits);
    }

    static ScriptLimits time(Duration time) {
        ScriptLimits usual = ScriptLimits.DEFAULT;
        return new ScriptLimits(usual.memoryBytes(), time, usual.calls(), usual.outputBytes());
    }

    @Override
    public ToolResult call(int number, String name, JsonValue arguments) throws InterruptedException {
        calls.add(number + " " + name + " " + arguments);
        return work.call(name, arguments);
    }

    @Override
    public void log(List<String> written) {
        lines.addAll(written);
    }
}
