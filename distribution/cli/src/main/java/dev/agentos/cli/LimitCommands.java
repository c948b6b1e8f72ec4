package dev.agentos.cli;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about how much may be used, what it costs and what was used. */
final class LimitCommands {
    private LimitCommands() {}

    /** Budgets of a tenant. */
    @Command(name = "budget", description = "See, set and remove what a tenant may use of models.")
    static final class Budget {
        /** How much it holds; one of both. */
        static final class Limit {
            @Option(names = "--tokens", required = true, description = "Tokens, read and written together.")
            Optional<Long> tokens = Optional.empty();

            @Option(names = "--money", required = true, description = "As in 12.50USD.")
            Optional<String> money = Optional.empty();

            private JsonObject toJson() {
                return tokens.map(number -> JsonObject.of("tokens", number)).orElseGet(() -> {
                    var text = money.orElse("").replace(" ", "");
                    if (!text.matches("[0-9.]+[A-Z]{3}")) {
                        throw new CliException(
                                2,
                                "'" + text + "' is no amount of money.\nWrite it with its currency, as in 12.50USD.");
                    }
                    var end = text.length() - 3;
                    return JsonObject.of("amount", text.substring(0, end), "currency", text.substring(end));
                });
            }
        }

        @Command(name = "list", description = "List the budgets and what they have counted.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/budgets").stream()
                            .map(Budget::row)
                            .toList(),
                    "name",
                    "scope",
                    "subject",
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
                @Option(names = "--only-count", description = "Refuse nothing: count and warn.") boolean onlyCount) {
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
            if (subject.isPresent()) {
                request = request.with("subject", subject.get());
            }
            if (warnAt.isPresent()) {
                request = request.with("warnAt", warnAt.get());
            }
            connection.print(connection.client().put(path(name), request, "*"));
        }

        @Command(name = "remove", description = "Remove a budget and what it has counted.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().delete(path(name), "*");
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

    /** The price table. */
    @Command(name = "price", description = "See and set what models cost, as an administrator of the platform.")
    static final class Price {
        @Command(name = "list", description = "List the prices of a million tokens.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/prices"), "model", "input", "output", "currency", "from", "setBy");
        }

        @Command(name = "set", description = "Set what a model costs, or all that begin so: provider/*.")
        void set(
                @Mixin Connection connection,
                @Parameters(index = "0", paramLabel = "MODEL", description = "As in openai/gpt-4o.") String model,
                @Option(names = "--input-price", required = true, description = "For a million tokens read.")
                        String input,
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
                    .put(
                            path(model),
                            JsonObject.of(
                                    "input",
                                    input,
                                    "output",
                                    output,
                                    "currency",
                                    currency,
                                    "maxOutputTokens",
                                    longest)));
        }

        @Command(name = "remove", description = "Forget a price: budgets of money refuse the model from now on.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "MODEL") String model) {
            connection.client().delete(path(model));
            connection.say("Removed the price of " + model + ".");
        }

        private static String path(String model) {
            return "/prices/" + ServerClient.encode(model).replace("%2F", "/");
        }
    }

    /** How often the API may be asked. */
    @Command(name = "rate-limit", description = "See and set how often a tenant may ask the API.")
    static final class RateLimit {
        @Command(name = "list", description = "List the limits.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/rate-limits"), "scope", "requests", "window", "even", "changedAt");
        }

        @Command(name = "set", description = "Limit a tenant, or each of its keys, as an administrator.")
        void set(
                @Mixin Connection connection,
                @Parameters(paramLabel = "SCOPE", description = "tenant or key.") String scope,
                @Option(names = "--requests", required = true, description = "How many may come.") int requests,
                @Option(names = "--per", required = true, paramLabel = "DURATION", description = "As in PT1M.")
                        String window,
                @Option(names = "--even", description = "Spread over that time.") boolean even) {
            connection.print(connection
                    .client()
                    .put(path(scope), JsonObject.of("requests", requests, "window", window, "even", even)));
        }

        @Command(name = "remove", description = "Let it ask as often as it likes.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "SCOPE") String scope) {
            connection.client().delete(path(scope));
            connection.say("Removed the limit of the " + scope + ".");
        }

        private static String path(String scope) {
            return "/rate-limits/" + ServerClient.encode(scope);
        }
    }

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
            connection.print(connection.client().put(path(name), request, "*"));
        }

        @Command(name = "remove", description = "Remove a quota and what it has counted.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().delete(path(name), "*");
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
                    .put(path(scope), queued.isPresent() ? request.with("queued", queued.get()) : request));
        }

        @Command(name = "remove", description = "Let as many run at once as there are places.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "SCOPE") String scope) {
            connection.client().delete(path(scope));
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
            connection.print(connection.client().put(PATH, JsonObject.of("weight", weight)));
        }

        @Command(name = "remove", description = "Give a tenant the weight that all have, 10.")
        void remove(@Mixin Connection connection) {
            connection.client().delete(PATH);
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
                                split = ",",
                                paramLabel = "FEATURE",
                                description = "Of sessions, graphs, branches, reveal (default: none).")
                        List<String> features,
                @ArgGroup(exclusive = false) Limits limits) {
            connection.print(connection
                    .client()
                    .put(
                            path(name),
                            JsonObject.of(
                                    "features",
                                    features == null ? List.of() : features,
                                    "limits",
                                    limits == null ? JsonObject.EMPTY : limits.toJson()),
                            "*"));
        }

        /** What a plan limits. */
        static final class Limits {
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

            private JsonObject toJson() {
                var limits = JsonObject.EMPTY;
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
        }

        @Command(name = "remove", description = "Remove a plan that no tenant has.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().delete(path(name), "*");
            connection.say("Removed " + name + ".");
        }

        @Command(name = "give", description = "Give the tenant a plan in the place of the one that it has.")
        void give(
                @Mixin Connection connection,
                @Parameters(paramLabel = "NAME") String name,
                @Option(names = "--with", split = ",", paramLabel = "FEATURE", description = "What it has beside.")
                        List<String> with,
                @Option(names = "--without", split = ",", paramLabel = "FEATURE", description = "What it has not.")
                        List<String> without) {
            var features = JsonObject.EMPTY;
            for (var feature : with == null ? List.<String>of() : with) {
                features = features.with(feature, true);
            }
            for (var feature : without == null ? List.<String>of() : without) {
                features = features.with(feature, false);
            }
            connection.print(connection.client().put(OWN, JsonObject.of("plan", name, "features", features)));
        }

        @Command(name = "take", description = "Take the tenant's plan away: it may use everything.")
        void take(@Mixin Connection connection) {
            connection.client().delete(OWN);
            connection.say("The tenant has no plan any more.");
        }

        private static String path(String name) {
            return "/plans/" + ServerClient.encode(name);
        }
    }

    /** How long things are kept. */
    @Command(
            name = "retention",
            description = "Set for how long what is over is kept; without --tenant the longest for all.")
    static final class Retention {
        @Command(name = "list", description = "List the kinds, and for how long each is kept.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().page("/retention"),
                    "kind",
                    "keep",
                    "longest",
                    "inForce",
                    "changedBy",
                    "changedAt");
        }

        @Command(name = "set", description = "Set for how long a kind is kept.")
        void set(
                @Mixin Connection connection,
                @Parameters(paramLabel = "KIND", description = "executions, sessions, approvals or usage.") String kind,
                @Parameters(paramLabel = "DURATION", description = "As in P30D or PT12H.") String keep,
                @Option(names = "--dry-run", description = "Count what would go, and leave it.") boolean dryRun) {
            connection.print(connection.client().put(path(kind), JsonObject.of("keep", keep, "dryRun", dryRun)));
        }

        @Command(name = "remove", description = "Keep a kind for ever, or as long as the platform allows.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "KIND") String kind) {
            connection.client().delete(path(kind));
            connection.say("Removed the rule of " + kind + ".");
        }

        private static String path(String kind) {
            return "/retention/" + ServerClient.encode(kind);
        }
    }

    /** What was used. */
    @Command(name = "usage", description = "Show what a tenant has used of models, and what it cost.")
    static final class Usage {
        @Command(name = "show", description = "Sum what was used.")
        void show(
                @Mixin Connection connection,
                @Option(names = "--from", paramLabel = "DAY", description = "As in 2030-01-01 (default: 30 days).")
                        Optional<String> from,
                @Option(names = "--to", paramLabel = "DAY", description = "Included (default: today).")
                        Optional<String> to,
                @Option(names = "--by", description = "Of day, model, agent, key (default: day,model).")
                        Optional<String> by) {
            var query = new StringJoiner("&", "?", "");
            by.ifPresent(parts -> query.add("by=" + ServerClient.encode(parts)));
            from.ifPresent(day -> query.add("from=" + ServerClient.encode(day)));
            to.ifPresent(day -> query.add("to=" + ServerClient.encode(day)));
            connection.print(
                    connection.client().page("/usage" + query),
                    "day",
                    "model",
                    "agent",
                    "key",
                    "calls",
                    "inputTokens",
                    "outputTokens",
                    "costs");
        }
    }
}
