package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench console}, as small as can be: that each of its cases is measured, not how fast it is. */
@Tag("long")
@Timeout(300)
class ConsoleBenchmarkIT {

    @Test
    void measuresEachCaseInABrowser(@TempDir Path directory) throws Exception {
        assumeTrue(
                System.getenv("CI") != null || Files.isExecutable(Path.of("/usr/bin/chromium")),
                "There is no Chromium on this machine");
        Path failures = directory.resolve("failures");
        Process bench = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dagentos.home=" + ServerProcess.HOME,
                        "-cp",
                        ServerProcess.HOME.resolve("lib") + "/*",
                        "dev.agentos.benchmarks.Benchmarks",
                        "console",
                        "--json",
                        "--tiny",
                        "--sources=" + Launcher.CHECKOUT)
                .redirectError(failures.toFile())
                .start();
        try {
            String said = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(bench.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(bench.exitValue()).as(Files.readString(failures)).isZero();
            assertThat(said.lines())
                    .allMatch(line -> line.matches(".*\"value\":[0-9.]+,\"unit\".*"))
                    .hasSize(20)
                    .anyMatch(line -> line.contains("\"case\":\"first-load\""))
                    .anyMatch(line -> line.contains("\"case\":\"list-failed\""))
                    .anyMatch(line -> line.contains("\"case\":\"execution\""))
                    .anyMatch(line -> line.contains("\"case\":\"graph-pan-whole\""));
        } finally {
            bench.descendants().forEach(ProcessHandle::destroy);
            bench.destroy();
        }
    }
}
