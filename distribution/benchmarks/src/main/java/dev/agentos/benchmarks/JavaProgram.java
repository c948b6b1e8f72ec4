package dev.agentos.benchmarks;

import dev.agentos.kernel.JvmArguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How programs of the product are started as processes of their own.
 *
 * @param options of the virtual machine
 * @param classPath where the classes are
 * @param serverSettings what a server is told besides its port and its directory
 */
record JavaProgram(List<String> options, String classPath, List<String> serverSettings) {

    private static final String SERVER = "dev.agentos.server.ServerMain";

    /** The programs of an installation, started as its server is. */
    static JavaProgram installed(Path home) {
        try {
            return new JavaProgram(
                    JvmArguments.of(home),
                    home.resolve("lib") + "/*",
                    List.of("--registry-seed=" + home.resolve("registry")));
        } catch (IOException failure) {
            throw new IllegalStateException("The installation is not whole", failure);
        }
    }

    List<String> command(String mainClass, String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A server on any free port of this machine. */
    List<String> server(Path dataDirectory) {
        var command = command(SERVER, "--http-port=0", "--allow-unsigned=true", "--data-dir=" + dataDirectory);
        command.addAll(serverSettings);
        return command;
    }
}
