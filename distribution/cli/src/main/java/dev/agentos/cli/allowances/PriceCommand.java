package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The price table. */
@Command(name = "price", description = "See and set what models cost, as an administrator of the platform.")
public final class PriceCommand {
    @Command(name = "list", description = "List the prices of a million tokens.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/prices"), "model", "input", "output", "currency", "from", "setBy");
    }

    @Command(name = "set", description = "Set what a model costs, or all that begin so: provider/*.")
    void set(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL", description = "As in openai/gpt-4o.") String model,
            @Option(names = "--input-price", required = true, description = "For a million tokens read.") String input,
            @Option(names = "--output-price", required = true, description = "For a million tokens written.")
                    String output,
            @Option(names = "--currency", defaultValue = "USD") String currency,
            @Option(
                            names = "--max-output-tokens",
                            defaultValue = "4096",
                            description = "How long an answer may be when its request does not say.")
                    int longest) {
        connection.print(connection
                .client()
                .replace(
                        path(model),
                        JsonObject.of(
                                "input", input, "output", output, "currency", currency, "maxOutputTokens", longest)));
    }

    @Command(name = "remove", description = "Forget a price: budgets of money refuse the model from now on.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "MODEL") String model) {
        connection.client().remove(path(model));
        connection.say("Removed the price of " + model + ".");
    }

    private static String path(String model) {
        return "/prices/" + ServerClient.encode(model).replace("%2F", "/");
    }
}
