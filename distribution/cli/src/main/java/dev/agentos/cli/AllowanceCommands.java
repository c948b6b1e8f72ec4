package dev.agentos.cli;

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

/** Commands about how many executions tenants may have, and what their plans offer. */
final class AllowanceCommands {
    private AllowanceCommands() {}

    /** How many executions may begin. */
    @Command(name = "quota", description = "See, set and remove how many executions a tenant may begin.")
    static final class Quota {
        @Command(name = "list", description = "List the quotas, and what is used and left in this period.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/quotas").stream().map(Quota::row).toList(),
                    "name",
                    "scope",
                    "subject",
                    "executions",
                    "period",
                    "used",
                    "remaining",
                    "resetsAt");
        }

        @Command(name = "show", description = "Show a quota: what is used and left, and when it begins anew.")
        void show(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.print(connection.client().get(path(name)));
        }

        @Command(name = "set", description = "Set a quota; it holds at once, and what is used stays.")
        void set(
                @Mixin Connection connection,
                @Parameters(paramLabel = "NAME") String name,
                @Option(names = "--executions", required = true, description = "How many may begin.") long executions,
                @Option(names = "--per", required = true, paramLabel = "PERIOD", description = "day or month.")
                        String period,
                @Option(
                                names = "--of",
                                paramLabel = "SCOPE",
                                defaultValue = "tenant",
                                description = "tenant, or each principal or agent (default: ${DEFAULT-VALUE}).")
                        String scope,
                @Option(names = "--subject", paramLabel = "ID", description = "Of this principal or agent only.")
                        Optional<String> subject,
                @Option(names = "--warn-at", description = "At which part of it to warn (default: 0.8).")
                        Optional<BigDecimal> warnAt) {
            var request = JsonObject.of("scope", scope, "executions", executions, "period", period);
            if (subject.isPresent()) {
                request = request.with("subject", subject.get());
            }
            if (warnAt.isPresent()) {
                request = request.with("warnAt", warnAt.get());
            }
            connection.print(connection.client().replace(path(name), request));
        }

        @Command(name = "remove", description = "Remove a quota and what it has counted.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().remove(path(name));
            connection.say("Removed " + name + ".");
        }

        /** With the window that is used most. */
        private static JsonObject row(JsonObject quota) {
            for (var window : quota.array("windows").orElse(JsonArray.EMPTY)) {
                if (window instanceof JsonObject most) {
                    return quota.overlaidBy(most);
                }
            }
            return quota.with("used", 0)
                    .with("remaining", quota.number("executions").orElseThrow());
        }

        private static String path(String name) {
            return "/quotas/" + ServerClient.encode(name);
        }
    }

    /** How many executions may run at once. */
    @Command(name = "concurrency", description = "See and set how many executions of a tenant run at once.")
    static final class Concurrency {
        @Command(name = "list", description = "List the limits.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/concurrency-limits"), "scope", "running", "queued", "changedAt");
        }

        @Command(name = "set", description = "Limit a tenant, or each agent or principal, as an administrator.")
        void set(
                @Mixin Connection connection,
                @Parameters(paramLabel = "SCOPE", description = "tenant, agent or principal.") String scope,
                @Option(names = "--running", required = true, description = "How many run at once.") int running,
                @Option(names = "--queued", description = "How many wait for a place beside them (default: any).")
                        Optional<Integer> queued) {
            var request = JsonObject.of("running", running);
            connection.print(connection
                    .client()
                    .replace(path(scope), queued.isPresent() ? request.with("queued", queued.get()) : request));
        }

        @Command(name = "remove", description = "Let as many run at once as there are places.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "SCOPE") String scope) {
            connection.client().remove(path(scope));
            connection.say("Removed the limit of the " + scope + ".");
        }

        private static String path(String scope) {
            return "/concurrency-limits/" + ServerClient.encode(scope);
        }
    }

    /** Which part of the places a tenant gets. */
    @Command(name = "share", description = "See and set which part of the places a tenant gets.")
    static final class Share {
        private static final String PATH = "/fair-share";

        @Command(name = "show", description = "Show the weight, and what runs and waits.")
        void show(@Mixin Connection connection) {
            connection.print(connection.client().get(PATH));
        }

        @Command(name = "set", description = "Set a tenant's weight, as an administrator.")
        void set(
                @Mixin Connection connection,
                @Parameters(paramLabel = "WEIGHT", description = "1 to 100; who has twice it gets twice the places.")
                        int weight) {
            connection.print(connection.client().replace(PATH, JsonObject.of("weight", weight)));
        }

        @Command(name = "remove", description = "Give a tenant the weight that all have, 10.")
        void remove(@Mixin Connection connection) {
            var client = connection.client();
            client.delete(PATH + "/weight", client.etag(PATH));
            connection.say("Removed the weight.");
        }
    }

    /** What is offered to tenants. */
    @Command(name = "plan", description = "See and set what is offered to tenants, and who has which plan.")
    static final class Plan {
        private static final String OWN = "/plan";

        @Command(name = "list", description = "List the plans.")
        void list(@Mixin Connection connection) {
            connection.print(connection.client().list("/plans"), "name", "features", "limits", "changedAt");
        }

        @Command(name = "show", description = "Show a plan, or the one of the tenant.")
        void show(
                @Mixin Connection connection, @Parameters(paramLabel = "NAME", arity = "0..1") Optional<String> name) {
            connection.print(connection.client().get(name.map(Plan::path).orElse(OWN)));
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
                    throw new CliException(
                            2, "'" + text + "' is no budget.\nWrite it as 50USD/month or 100000tokens/day.");
                }
                var amount = parts.group(1);
                var tokens = TOKENS.matcher(amount);
                var limit = tokens.matches()
                        ? JsonObject.of("tokens", new BigDecimal(tokens.group(1)))
                        : LimitCommands.Budget.Limit.money(amount);
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
                @Option(
                                names = "--with",
                                defaultValue = "",
                                paramLabel = "FEATURE",
                                description = "What it has beside.")
                        String with,
                @Option(
                                names = "--without",
                                defaultValue = "",
                                paramLabel = "FEATURE",
                                description = "What it has not.")
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
}
