package dev.agentos.agents;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.scripting.ScriptLimits;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The setting {@code limits} of a {@code code} node: {@code memoryBytes, time, toolCalls, outputBytes}. */
final class CodeLimits {

    private static final NodeSettings SETTINGS = new NodeSettings(
            Map.of(
                    "memoryBytes", NodeSettings.NUMBER,
                    "time", NodeSettings.TEXT,
                    "toolCalls", NodeSettings.NUMBER,
                    "outputBytes", NodeSettings.NUMBER),
            List.of());

    private static final ScriptLimits LEAST = ScriptLimits.LEAST;
    private static final ScriptLimits MOST = ScriptLimits.MOST;

    private long memoryBytes = ScriptLimits.DEFAULT.memoryBytes();
    private Duration time = ScriptLimits.DEFAULT.time();
    private int toolCalls = ScriptLimits.DEFAULT.calls();
    private int outputBytes = ScriptLimits.DEFAULT.outputBytes();

    private CodeLimits() {}

    /** The limits of a node whose settings were checked. */
    static ScriptLimits of(JsonObject config) {
        return config.object("limits")
                .map(limits -> read(limits, new ArrayList<>()))
                .orElse(ScriptLimits.DEFAULT);
    }

    /** Reads limits and adds what is wrong with them; a limit that is wrong stays as it is by default. */
    static ScriptLimits read(JsonObject json, List<Fault> faults) {
        for (Fault fault : SETTINGS.check(json)) {
            faults.add(
                    new Fault(fault.pointer().replace("/config/", "/config/limits/"), fault.code(), fault.message()));
        }
        CodeLimits limits = new CodeLimits();
        number(json, "memoryBytes", LEAST.memoryBytes(), MOST.memoryBytes(), faults, n -> limits.memoryBytes = n);
        number(json, "toolCalls", LEAST.calls(), MOST.calls(), faults, n -> limits.toolCalls = (int) n);
        number(json, "outputBytes", LEAST.outputBytes(), MOST.outputBytes(), faults, n -> limits.outputBytes = (int) n);
        json.text("time").ifPresent(text -> {
            Optional<Duration> read = duration(text);
            if (read.isPresent()) {
                limits.time = read.get();
            } else {
                faults.add(CodeNode.fault(
                        "/config/limits/time",
                        "'time' is an ISO 8601 duration from " + LEAST.time() + " to " + MOST.time() + "."));
            }
        });
        return new ScriptLimits(limits.memoryBytes, limits.time, limits.toolCalls, limits.outputBytes);
    }

    private static Optional<Duration> duration(String text) {
        try {
            return Optional.of(Duration.parse(text))
                    .filter(time -> time.compareTo(LEAST.time()) >= 0 && time.compareTo(MOST.time()) <= 0);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static void number(
            JsonObject json, String name, long least, long most, List<Fault> faults, LongConsumer taken) {
        Optional<JsonNumber> number = json.number(name);
        if (number.isEmpty()) {
            return;
        }
        try {
            long value = number.get().value().longValueExact();
            if (value >= least && value <= most) {
                taken.accept(value);
                return;
            }
        } catch (ArithmeticException e) {
            // Neither is a fraction, nor what is beyond a long.
        }
        faults.add(CodeNode.fault(
                "/config/limits/" + name, "'" + name + "' is a whole number from " + least + " to " + most + "."));
    }
}
