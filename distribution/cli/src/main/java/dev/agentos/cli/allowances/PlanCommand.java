package dev.agentos.cli.allowances;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is offered to tenants. */
@Command(name = "plan", description = "See and set what is offered to tenants, and who has which plan.")
public final class PlanCommand {
    private static final String OWN = "/plan";

    @Command(name = "list", description = "List the plans.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/plans"), "name", "features", "limits", "changedAt");
    }

    @Command(name = "show", description = "Show a plan, or the one of the tenant.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "NAME", arity = "0..1") Optional<String> name) {
        connection.print(connection.client().get(name.map(PlanCommand::path).orElse(OWN)));
    }

    @Command(name = "set", description = "Set a plan; it holds at once for the tenants that have it.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--features",
                            defaultValue = "",
                            paramLabel = "FEATURE",
                            description = "Of sessions, graphs, branches, reveal (default: none).")
                    String features,
            @Mixin Limits limits) {
        connection.print(connection
                .client()
                .replace(path(name), JsonObject.of("features", words(features), "limits", limits.toJson())));
    }

    /** What a plan limits. */
    static final class Limits {
        private static final Pattern BUDGET = Pattern.compile("([^/]+)/([a-z]+)");
        private static final Pattern TOKENS = Pattern.compile("([0-9]+) ?tokens");

        @Option(names = "--per-day", description = "Executions that may begin in a day.")
        Optional<Integer> perDay = Optional.empty();

        @Option(names = "--per-month", description = "Executions that may begin in a month.")
        Optional<Integer> perMonth = Optional.empty();

        @Option(names = "--running", description = "Executions that run at once.")
        Optional<Integer> running = Optional.empty();

        @Option(names = "--queued", description = "Executions that wait for a place beside them.")
        Optional<Integer> queued = Optional.empty();

        @Option(names = "--weight", description = "The part of the places, 1 to 100.")
        Optional<Integer> weight = Optional.empty();

        @Option(names = "--requests", description = "Requests to the API, in --window.")
        Optional<Integer> requests = Optional.empty();

        @Option(names = "--window", paramLabel = "DURATION", description = "As in PT1M.")
        Optional<String> window = Optional.empty();

        @Option(
                names = "--budget",
                paramLabel = "AMOUNT/PERIOD",
                description = "What may be used of models, as in 50USD/month or 100000tokens/day; may be repeated.")
        List<String> budgets = List.of();

        @Option(names = "--ask", description = "Let people decide about each call that goes beyond those budgets.")
        boolean ask;

        private JsonObject toJson() {
            var limits = JsonObject.EMPTY;
            if (!budgets.isEmpty()) {
                limits = limits.with(
                        "budgets",
                        new JsonArray(budgets.stream().map(this::budget).toList()));
            }
            for (var limit : Map.of(
                            "executionsPerDay", perDay,
                            "executionsPerMonth", perMonth,
                            "running", running,
                            "queued", queued,
                            "weight", weight,
                            "requests", requests,
                            "window", window)
                    .entrySet()) {
                if (limit.getValue().isPresent()) {
                    limits = limits.with(limit.getKey(), limit.getValue().get());
                }
            }
            return limits;
        }

        private JsonValue budget(String text) {
            var parts = BUDGET.matcher(text);
            if (!parts.matches()) {
                throw new CliException(2, "'" + text + "' is no budget.\nWrite it as 50USD/month or 100000tokens/day.");
            }
            var amount = parts.group(1);
            var tokens = TOKENS.matcher(amount);
            var limit = tokens.matches()
                    ? JsonObject.of("tokens", new BigDecimal(tokens.group(1)))
                    : BudgetCommand.Limit.money(amount);
            var budget = JsonObject.of("limit", limit, "period", parts.group(2));
            return ask ? budget.with("override", "approval") : budget;
        }
    }

    @Command(name = "remove", description = "Remove a plan that no tenant has.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.client().remove(path(name));
        connection.say("Removed " + name + ".");
    }

    @Command(name = "give", description = "Give the tenant a plan in the place of the one that it has.")
    void give(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--with", defaultValue = "", paramLabel = "FEATURE", description = "What it has beside.")
                    String with,
            @Option(names = "--without", defaultValue = "", paramLabel = "FEATURE", description = "What it has not.")
                    String without) {
        var features = JsonObject.EMPTY;
        for (var feature : words(with)) {
            features = features.with(feature, true);
        }
        for (var feature : words(without)) {
            features = features.with(feature, false);
        }
        connection.print(connection.client().replace(OWN, JsonObject.of("plan", name, "features", features)));
    }

    @Command(name = "take", description = "Take the tenant's plan away: it may use everything.")
    void take(@Mixin Connection connection) {
        connection.client().remove(OWN);
        connection.say("The tenant has no plan any more.");
    }

    private static List<String> words(String features) {
        return Arrays.stream(features.split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static String path(String name) {
        return "/plans/" + ServerClient.encode(name);
    }
}
