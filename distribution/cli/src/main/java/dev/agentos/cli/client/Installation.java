package dev.agentos.cli.client;

import dev.agentos.kernel.JvmArguments;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory that a build of AgentOS leaves: {@code lib}, {@code registry} and {@code etc}.
 *
 * @param home the directory
 * @param sources the checkout it was built from
 */
public record Installation(Path home, Optional<Path> sources) {
    private static final List<String> NOT_FOR_TRAINING = List.of("-XX:AOT", "-Xshare", "-Dagentos.home=");

    /** Finds the installation that this command runs from. */
    public static Installation current() {
        var home = System.getProperty("agentos.home");
        if (home == null) {
            throw new CliException(CliException.FAILED, "Start AgentOS by its launcher, ./agentos.");
        }
        return new Installation(
                Path.of(home),
                Optional.ofNullable(System.getProperty("agentos.sources")).map(Path::of));
    }

    /** Returns the command that runs a class of the installation with the server's settings of the virtual machine. */
    public List<String> java(String mainClass) {
        return java(() -> JvmArguments.of(home), mainClass);
    }

    /** The same for a server that makes the installation's cache of classes, in that file, when it ends. */
    public List<String> training(String mainClass, Path cache) {
        return java(() -> JvmArguments.training(home, cache), mainClass);
    }

    /**
     * The command that runs a class of the installation with this virtual machine's own arguments, and writes what a
     * command needs of classes to that file when it ends.
     */
    public List<String> rehearsal(String mainClass, Path cache) {
        return java(
                () -> Stream.concat(
                                ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                                        .filter(argument ->
                                                NOT_FOR_TRAINING.stream().noneMatch(argument::startsWith)),
                                Stream.of("-XX:AOTCacheOutput=" + cache))
                        .toList(),
                mainClass);
    }

    /** Where the cache of classes is that commands begin with; the launcher names it to the virtual machine. */
    public Path commandCache() {
        return home.resolve("cli.aot");
    }

    /** Reads the arguments of the virtual machine. */
    private interface Arguments {
        List<String> read() throws IOException;
    }

    private List<String> java(Arguments arguments, String mainClass) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        try {
            command.addAll(arguments.read());
        } catch (IOException unreadable) {
            throw new CliException(CliException.FAILED, "The installation is not whole: " + unreadable.getMessage());
        }
        command.add("-Dagentos.home=" + home);
        command.add("-cp");
        command.add(home.resolve("lib") + "/*");
        command.add(mainClass);
        return command;
    }

    public Path registry() {
        return home.resolve("registry");
    }
}
