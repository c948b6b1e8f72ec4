package dev.agentos.cli;

import java.util.List;
import java.util.stream.Stream;

/**
 * Commands as people give them, one after the other in one process: {@code agentos warm-up} runs them once, for the
 * virtual machine to learn which classes a command needs. They change nothing.
 */
final class Rehearsal {
    private static final List<List<String>> COMMANDS = List.of(
            List.of("tenant", "list"),
            List.of("plugin", "list"),
            List.of("plugin", "search"),
            List.of("pack", "list"),
            List.of("graph", "list"),
            List.of("execution", "list", "--output=json"),
            List.of("approval", "list"),
            List.of("policy", "list"),
            List.of("kill", "list"));

    private Rehearsal() {}

    /** Runs them with those options, which name the server, and exits with the first code that is not 0. */
    public static void main(String[] server) {
        var code = AgentOs.run("help");
        for (var command : COMMANDS) {
            code = code != 0 ? code : AgentOs.run(words(command, server));
        }
        AgentOs.exit(code);
    }

    private static String[] words(List<String> command, String[] server) {
        return Stream.concat(command.stream(), Stream.of(server)).toArray(String[]::new);
    }
}
