package dev.agentos.cli.local;

import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints the settings that a server would start with. */
@Command(name = "config", description = "Print each setting, its value and where the value came from.")
public final class ConfigCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "NAME=VALUE", description = "Settings as given to the server.")
    private List<String> settings = new ArrayList<>();

    @Override
    public Integer call() {
        var arguments = new ArrayList<>(List.of("--print-settings"));
        settings.forEach(setting -> arguments.add("--" + Setting.named(setting)));
        return LocalProgram.run(
                Installation.current(), "dev.agentos.server.ServerMain", arguments.toArray(String[]::new));
    }
}
