package dev.agentos.pluginworker;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How the process of a plugin is started.
 *
 * @param plugin the id of the plugin, for whoever looks at the list of processes
 * @param main the class with its main method
 * @param agent the guard's JAR; empty where plugins run without it
 * @param memory its heap's bound in MiB
 * @param folder where its own folders are made, which go with it
 * @param temporary what it has for temporary files
 * @param environment all that it gets to see of the environment
 */
public record WorkerLaunch(
        String plugin,
        String main,
        Optional<Path> agent,
        int memory,
        Path folder,
        Path temporary,
        Map<String, String> environment) {

    /** Properties of the server that are no secret and that connections and texts depend on. */
    private static final List<String> HANDED_ON = List.of(
            "javax.net.ssl.trustStore",
            "javax.net.ssl.trustStoreType",
            "java.net.preferIPv4Stack",
            "java.net.preferIPv6Addresses",
            "user.timezone");

    public WorkerLaunch {
        environment = Map.copyOf(environment);
    }

    /** This process's, which may be told from its own directory. */
    private static String classPath() {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The command line of a process that works in that folder. */
    List<String> command(Path own) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + memory + "m",
                "-Xms8m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:MaxMetaspaceSize=128m",
                "-XX:ReservedCodeCacheSize=64m",
                // Whoever is out of memory in there is in no state to go on.
                "-XX:+ExitOnOutOfMemoryError",
                // Its standard output is the channel.
                "-XX:+DisplayVMOutputToStderr",
                "-XX:ErrorFile=" + own.resolve("error.log"),
                "-XX:-CreateCoredumpOnCrash",
                "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism",
                "-Xlog:cds*=off",
                "-Xlog:aot*=off",
                "--illegal-native-access=deny",
                "--sun-misc-unsafe-memory-access=deny",
                "-Dfile.encoding=UTF-8",
                "-Djava.awt.headless=true",
                "-Dlogback.configurationFile=plugin-worker-logback.xml",
                "-Djava.io.tmpdir=" + temporary));
        for (String name : HANDED_ON) {
            String value = System.getProperty(name);
            if (value != null) {
                command.add("-D" + name + "=" + value);
            }
        }
        agent.ifPresent(jar -> command.add("-javaagent:" + jar));
        // As a file, so that a list of processes can be read.
        Path arguments = own.resolve("class-path");
        String quoted = classPath().replace("\\", "\\\\").replace("\"", "\\\"");
        Files.writeString(arguments, "-cp \"" + quoted + "\"\n");
        command.addAll(List.of("@" + arguments, main, plugin));
        return command;
    }
}
