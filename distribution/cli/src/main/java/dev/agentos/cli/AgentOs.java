package dev.agentos.cli;

import dev.agentos.cli.access.AuditCommand;
import dev.agentos.cli.access.GroupCommand;
import dev.agentos.cli.access.KeyCommand;
import dev.agentos.cli.access.RoleCommand;
import dev.agentos.cli.access.SecretsKeyCommand;
import dev.agentos.cli.access.TenantCommand;
import dev.agentos.cli.access.UserCommand;
import dev.agentos.cli.allowances.BudgetCommand;
import dev.agentos.cli.allowances.ConcurrencyCommand;
import dev.agentos.cli.allowances.PlanCommand;
import dev.agentos.cli.allowances.PriceCommand;
import dev.agentos.cli.allowances.QuotaCommand;
import dev.agentos.cli.allowances.RateLimitCommand;
import dev.agentos.cli.allowances.RetentionCommand;
import dev.agentos.cli.allowances.ShareCommand;
import dev.agentos.cli.allowances.UsageCommand;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.ServerAddress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Terminal;
import dev.agentos.cli.client.Texts;
import dev.agentos.cli.client.Version;
import dev.agentos.cli.executions.ExecutionCommand;
import dev.agentos.cli.executions.GraphCommand;
import dev.agentos.cli.executions.SessionCommand;
import dev.agentos.cli.executions.WebhookCommand;
import dev.agentos.cli.local.BenchCommand;
import dev.agentos.cli.local.ConfigCommand;
import dev.agentos.cli.local.DemoCommand;
import dev.agentos.cli.local.RegistryCommand;
import dev.agentos.cli.local.ServerProcess;
import dev.agentos.cli.local.UpCommand;
import dev.agentos.cli.local.VersionCommand;
import dev.agentos.cli.local.WarmUpCommand;
import dev.agentos.cli.plugins.PackCommand;
import dev.agentos.cli.plugins.PluginCommand;
import dev.agentos.cli.plugins.PublisherCommand;
import dev.agentos.cli.policy.ApprovalCommand;
import dev.agentos.cli.policy.KillCommand;
import dev.agentos.cli.policy.PolicyCommand;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: {@code agentos COMMAND}. */
@Command(
        name = "agentos",
        description = "A self-hosted, multi-tenant server for AI agents.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Version.class,
        footer = {
            "",
            "From a source checkout also: test (build and run every test), format (format the Java sources).",
            "Exit codes: 0 done, 1 failed, 2 usage, 3 denied, 4 conflict, 5 unavailable, 6 waits for people, 124"
                    + " timeout."
        })
public final class AgentOs {
    /** Every command, in the order in which the usage lists them. */
    private static final List<Class<?>> COMMANDS = List.of(
            UpCommand.class,
            DemoCommand.class,
            PluginCommand.class,
            PackCommand.class,
            GraphCommand.class,
            ExecutionCommand.class,
            SessionCommand.class,
            WebhookCommand.class,
            KillCommand.class,
            TenantCommand.class,
            KeyCommand.class,
            UserCommand.class,
            RoleCommand.class,
            GroupCommand.class,
            PublisherCommand.class,
            PolicyCommand.class,
            ApprovalCommand.class,
            AuditCommand.class,
            BudgetCommand.class,
            PriceCommand.class,
            UsageCommand.class,
            RateLimitCommand.class,
            QuotaCommand.class,
            ConcurrencyCommand.class,
            ShareCommand.class,
            PlanCommand.class,
            RetentionCommand.class,
            SecretsKeyCommand.class,
            RegistryCommand.class,
            ConfigCommand.class,
            BenchCommand.class,
            VersionCommand.class,
            WarmUpCommand.class,
            AgentOs.Help.class);

    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    private boolean version;

    private AgentOs() {}

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        exit(run(arguments.length == 0 ? new String[] {"help"} : arguments));
    }

    static void exit(int code) {
        ServerClient.closeAll();
        System.exit(code == 0 ? printed() : code);
    }

    /** What was printed may be all that there is of it, as a secret that is shown once. */
    private static int printed() {
        if (Terminal.isComplete()) {
            return 0;
        }
        System.err.println(
                "It is done, but not all that it printed could be written: standard output is full or closed.");
        return CliException.FAILED;
    }

    static int run(String... arguments) {
        return commandLine(arguments).execute(arguments);
    }

    /**
     * The command line, ready for those words. Finding out what a command takes costs half of a short command's time,
     * so when the first word is a command, only that one is looked at; otherwise all are, for the usage and for
     * suggestions.
     */
    static CommandLine commandLine(String... words) {
        var line = new CommandLine(new AgentOs());
        var named = COMMANDS.stream()
                .filter(command -> words.length > 0 && name(command).equals(words[0]) && command != Help.class)
                .toList();
        (named.isEmpty() ? COMMANDS : named).forEach(line::addSubcommand);
        return line.setOut(Terminal.writer())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(URI.class, ServerAddress::parse)
                .registerConverter(JsonObject.class, JsonArgument::object)
                .registerConverter(JsonValue.class, JsonArgument::value)
                .setParameterExceptionHandler((failure, rest) -> misused(failure))
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    /** Says what is wrong with the command line in a line or two; the whole usage would push that off the screen. */
    private static int misused(ParameterException failure) {
        var command = failure.getCommandLine();
        var err = command.getErr();
        var parent = command.getCommandSpec().subcommands().isEmpty() ? "" : " COMMAND";
        // The library says the word twice where a value lacks its name.
        err.println(String.valueOf(failure.getMessage()).replace("for option option ", "for option "));
        if (!UnmatchedArgumentException.printSuggestions(failure, err)
                && !parent.isEmpty()
                && !(failure instanceof MissingParameterException)) {
            err.println("There are: "
                    + String.join(", ", command.getCommandSpec().subcommands().keySet()) + ".");
        }
        var words = command.getCommandSpec().qualifiedName().split(" ", 2);
        err.println("See 'agentos help" + (words.length < 2 ? "" : " " + words[1]) + "'.");
        return CliException.USAGE;
    }

    private static int failed(Exception failure, CommandLine command) throws Exception {
        ServerProcess.waitWhileStopping();
        if (failure instanceof CliException told) {
            command.getErr().println(Texts.lines(String.valueOf(told.getMessage()), ""));
            return told.exitCode();
        }
        throw failure;
    }

    /** Shows the usage of a command, however deep. */
    @Command(name = "help", description = "Show what a command does, as in 'agentos help plugin install'.")
    static final class Help implements Runnable {
        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "A command and its subcommand.")
        private List<String> words = new ArrayList<>();

        @Override
        public void run() {
            var command = spec.parent().commandLine();
            for (var word : words) {
                var next = command.getSubcommands().get(word);
                if (next == null) {
                    var name = command.getCommandSpec().qualifiedName();
                    throw new ParameterException(command, "There is no command '" + name + " " + word + "'.");
                }
                command = next;
            }
            command.usage(command.getOut());
        }
    }

    /** JSON that was written on the command line. */
    private static final class JsonArgument {
        private JsonArgument() {}

        static JsonValue value(String text) {
            try {
                return Json.parse(text);
            } catch (AgentOsException malformed) {
                throw new TypeConversionException(
                        malformed.getMessage() + " Put it in single quotes, as in '{\"a\": 1}'.");
            }
        }

        static JsonObject object(String text) {
            if (value(text) instanceof JsonObject object) {
                return object;
            }
            throw new TypeConversionException("It is JSON, but no object as in '{\"a\": 1}'.");
        }
    }
}
