package dev.agentos.benchmarks.internal;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Chromium that a script of the console drives with Node. Both are looked for where the console is built from; an
 * installation alone has neither.
 *
 * @param console the console's sources, with what its build has installed
 * @param chromium the browser's program
 */
public record Browser(Path console, Path chromium) {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

    /**
     * What the script has seen.
     *
     * @param name of the case
     * @param value median of the rounds
     * @param limit the same for the least that could do it; NaN when there is none
     * @param unit of both
     * @param note for people
     */
    public record Seen(String name, double value, double limit, String unit, String note) {}

    /**
     * Finds one.
     *
     * @throws IllegalStateException saying what is missing and where it comes from
     */
    public static Browser of(Optional<Path> sources) {
        var console = sources.map(root -> root.resolve("plugins/console"))
                .filter(folder -> Files.isDirectory(folder.resolve("node_modules/playwright-core")))
                .orElseThrow(
                        () -> new IllegalStateException("This drives a browser as the console's tests do, and needs"
                                + " a checkout in which the console was built with Node: ./agentos bench console"));
        var chromium = Stream.concat(
                        Stream.ofNullable(System.getenv("CHROMIUM")).map(Path::of),
                        Stream.of(System.getenv("PATH").split(":"))
                                .flatMap(folder -> NAMES.stream()
                                        .map(name -> Path.of(folder).resolve(name))))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "This needs Chromium; on Debian and Ubuntu: apt install chromium; or name it by CHROMIUM"));
        return new Browser(console, chromium);
    }

    /** Runs the script that measures, and hands over each case as soon as it is there. */
    public void measure(Map<String, String> environment, Path log, Consumer<Seen> out) {
        try {
            var node = new ProcessBuilder("node", "src/test/browser/speed.mjs")
                    .directory(console.toFile())
                    .redirectError(log.toFile());
            node.environment().putAll(environment);
            node.environment().put("CHROMIUM", chromium.toString());
            var process = node.start();
            try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
                lines.lines().map(Json::parseObject).map(Browser::seen).forEach(out);
                if (process.waitFor() != 0) {
                    throw new IllegalStateException("The browser's script failed: " + Files.readString(log));
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException failure) {
            throw new IllegalStateException("Node cannot be started; it must be on the PATH", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }

    private static Seen seen(JsonObject line) {
        return new Seen(
                line.text("case").orElseThrow(),
                number(line.member("value")),
                number(line.member("limit")),
                line.text("unit").orElseThrow(),
                line.text("note").orElse(""));
    }

    private static double number(Optional<JsonValue> value) {
        return value.map(one -> one instanceof JsonNumber(var number) ? number.doubleValue() : Double.NaN)
                .orElse(Double.NaN);
    }
}
