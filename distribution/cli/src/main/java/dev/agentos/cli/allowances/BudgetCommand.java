package dev.agentos.cli.allowances;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.math.BigDecimal;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Budgets of a tenant. */
@Command(name = "budget", description = "See, set and remove what a tenant may use of models.")
public final class BudgetCommand {
    /** How much it holds; one of both. */
    static final class Limit {
        @Option(names = "--tokens", required = true, description = "Tokens, read and written together.")
        Optional<Long> tokens = Optional.empty();

        @Option(names = "--money", required = true, description = "As in 12.50USD.")
        Optional<String> money = Optional.empty();

        private JsonObject toJson() {
            return tokens.map(number -> JsonObject.of("tokens", number)).orElseGet(() -> money(money.orElse("")));
        }

        /** An amount as the API writes it. */
        static JsonObject money(String written) {
            var text = written.replace(" ", "");
            if (!text.matches("[0-9.]+[A-Z]{3}")) {
                throw new CliException(
                        2, "'" + text + "' is no amount of money.\nWrite it with its currency, as in 12.50USD.");
            }
            var end = text.length() - 3;
            return JsonObject.of("amount", text.substring(0, end), "currency", text.substring(end));
        }
    }

    @Command(name = "list", description = "List the budgets and what they have counted.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/budgets").stream()
                        .map(BudgetCommand::row)
                        .toList(),
                "name",
                "scope",
                "subject",
                "subjectName",
                "limit",
                "period",
                "enforced",
                "spent",
                "remaining");
    }

    @Command(name = "show", description = "Show a budget: what is spent, reserved and left.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.print(connection.client().get(path(name)));
    }

    @Command(name = "set", description = "Set a budget; it holds at once, and what is spent stays.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @ArgGroup(multiplicity = "1") Limit limit,
            @Option(
                            names = "--per",
                            required = true,
                            paramLabel = "PERIOD",
                            description = "day, month, total or execution.")
                    String period,
            @Option(
                            names = "--of",
                            paramLabel = "SCOPE",
                            defaultValue = "",
                            description = "tenant, or each principal, agent or execution (default: tenant).")
                    String scope,
            @Option(names = "--subject", paramLabel = "ID", description = "Of this principal or agent only.")
                    Optional<String> subject,
            @Option(names = "--warn-at", description = "At which part of it to warn (default: 0.8).")
                    Optional<BigDecimal> warnAt,
            @Option(names = "--only-count", description = "Refuse nothing: count and warn.") boolean onlyCount,
            @Option(names = "--ask", description = "Let people decide about each call that goes beyond it.")
                    boolean ask) {
        var usual = period.equals("execution") ? "execution" : "tenant";
        var request = JsonObject.of(
                "scope",
                scope.isEmpty() ? usual : scope,
                "limit",
                limit.toJson(),
                "period",
                period,
                "enforced",
                !onlyCount);
        if (ask) {
            request = request.with("override", "approval");
        }
        if (subject.isPresent()) {
            request = request.with("subject", subject.get());
        }
        if (warnAt.isPresent()) {
            request = request.with("warnAt", warnAt.get());
        }
        connection.print(connection.client().replace(path(name), request));
    }

    @Command(name = "remove", description = "Remove a budget and what it has counted.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.client().remove(path(name));
        connection.say("Removed " + name + ".");
    }

    /** With amounts for people, and of the window that is used most. */
    private static JsonObject row(JsonObject budget) {
        var limit = budget.object("limit").orElse(JsonObject.EMPTY);
        var row = budget.with("limit", amount(limit)).with("spent", "").with("remaining", amount(limit));
        for (var window : budget.array("windows").orElse(JsonArray.EMPTY)) {
            if (window instanceof JsonObject most) {
                return row.with("spent", amount(most.object("spent").orElse(limit)))
                        .with("remaining", amount(most.object("remaining").orElse(limit)));
            }
        }
        return row;
    }

    private static String amount(JsonObject amount) {
        return amount.number("tokens")
                .map(tokens -> tokens + " tokens")
                .orElseGet(() -> amount.text("amount").orElse("") + " "
                        + amount.text("currency").orElse(""));
    }

    private static String path(String name) {
        return "/budgets/" + ServerClient.encode(name);
    }
}
