package dev.agentos.cli.local;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Installation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs another program of the installation in the place of this one. */
public final class LocalProgram {
    private LocalProgram() {}

    /** Returns its exit code; it is ended with this process. */
    static int run(Installation installation, String mainClass, String... arguments) {
        var command = new ArrayList<>(installation.java(mainClass));
        command.addAll(List.of(arguments));
        try {
            var builder = new ProcessBuilder(command).inheritIO();
            builder.environment().put("AGENTOS_HOME", installation.home().toString());
            var process = builder.start();
            var stop = new Thread(() -> {
                process.destroy();
                process.onExit().join();
            });
            Runtime.getRuntime().addShutdownHook(stop);
            return process.waitFor();
        } catch (IOException failure) {
            throw new CliException(CliException.FAILED, "Java cannot be started: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException(CliException.FAILED, "Interrupted.");
        }
    }
}
