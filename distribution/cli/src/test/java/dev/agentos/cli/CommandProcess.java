package dev.agentos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command in a process of its own, for what only a process has: a path, a standard output and an end. */
record CommandProcess(int exitCode, String err) {
    private static final long LONGEST_SECONDS = 120;

    /** Runs it with those variables in its environment, and with its standard output in that file. */
    static CommandProcess run(Map<String, String> environment, File out, String... words)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.agentos.cli.AgentOs"));
        command.addAll(List.of(words));
        var builder = new ProcessBuilder(command).redirectOutput(out);
        builder.environment().putAll(environment);
        var process = builder.start();
        var err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
        return new CommandProcess(process.exitValue(), err);
    }
}
