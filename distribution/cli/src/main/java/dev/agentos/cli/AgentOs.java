package dev.agentos.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The command line: {@code agentos COMMAND}. */
@Command(
        name = "agentos",
        description = "A self-hosted, multi-tenant server for AI agents.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "From a source checkout also: test (build and run every test), format (format the Java sources).",
            "Exit codes: 0 done, 1 failed, 2 usage, 3 denied, 4 conflict, 5 unavailable, 124 timeout."
        },
        subcommands = {
            UpCommand.class,
            DemoCommand.class,
            PluginCommand.class,
            PackCommand.class,
            ExecutionCommand.class,
            TenantCommand.class,
            KeyCommand.class,
            LocalCommands.Registry.class,
            LocalCommands.Config.class,
            LocalCommands.Bench.class,
            LocalCommands.Version.class,
            HelpCommand.class
        })
public final class AgentOs {
    private AgentOs() {}

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments.length == 0 ? new String[] {"help"} : arguments));
    }

    static int run(String... arguments) {
        var commandLine = new CommandLine(new AgentOs());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof CliException told) {
                command.getErr().println(told.getMessage());
                return told.exitCode();
            }
            throw failure;
        });
        return commandLine.execute(List.of(arguments).toArray(String[]::new));
    }
}
