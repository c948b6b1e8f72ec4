package dev.agentos.cli;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.math.BigDecimal;
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
                            .map(Budget::row)
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
                    .replace(
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
            connection.client().remove(path(model));
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
                    .replace(path(scope), JsonObject.of("requests", requests, "window", window, "even", even)));
        }

        @Command(name = "remove", description = "Let it ask as often as it likes.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "SCOPE") String scope) {
            connection.client().remove(path(scope));
            connection.say("Removed the limit of the " + scope + ".");
        }

        private static String path(String scope) {
            return "/rate-limits/" + ServerClient.encode(scope);
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
                    connection.client().list("/retention"),
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
            connection.print(connection.client().replace(path(kind), JsonObject.of("keep", keep, "dryRun", dryRun)));
        }

        @Command(name = "remove", description = "Keep a kind for ever, or as long as the platform allows.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "KIND") String kind) {
            connection.client().remove(path(kind));
            connection.say("Removed the rule of " + kind + ".");
        }

        private static String path(String kind) {
            return "/retention/" + ServerClient.encode(kind);
        }
    }

    /** Keys that encrypt secrets. */
    @Command(name = "secrets-key", description = "See, check and replace the keys that encrypt tenants' secrets.")
    static final class SecretsKey {
        @Command(name = "show", description = "Show which keys encrypt, which servers have them, and what needs each.")
        void show(@Mixin Connection connection) {
            connection.print(connection.client().get("/secrets-keys"));
        }

        @Command(
                name = "rotate",
                description = "Replace the key-encryption key, or data keys of tenants; repeated, it finishes what was"
                        + " cut short.")
        void rotate(
                @Mixin Connection connection,
                @Option(names = "--of", paramLabel = "TENANT", description = "The data key of that tenant.")
                        Optional<String> of,
                @Option(names = "--all-tenants", description = "The data keys of all tenants.") boolean all,
                @Option(
                                names = "--accept-lost",
                                description = "Go on although no server has the key that encrypts any more; what it has"
                                        + " encrypted stays closed.")
                        boolean lost,
                @Option(names = "--dry-run", description = "Only say what would be encrypted anew.") boolean dryRun) {
            var client = connection.client();
            if (dryRun) {
                connection.print(client.get("/secrets-keys/plan?allTenants=" + all
                        + of.map(name -> "&tenant=" + ServerClient.encode(name)).orElse("")));
                return;
            }
            var request = JsonObject.of("allTenants", all, "acceptLost", lost);
            await(
                    connection,
                    client.post(
                            "/secrets-keys/rotate",
                            of.map(name -> request.with("tenant", name)).orElse(request)));
        }

        @Command(name = "check", description = "Open every secret that is kept, and name those that cannot be opened.")
        void check(@Mixin Connection connection) {
            var found = await(connection, connection.client().post("/secrets-keys/check", JsonObject.EMPTY));
            if (OperationProgress.number(found, "unreadable") > 0) {
                throw new CliException(
                        CliException.FAILED,
                        "Some secrets cannot be opened.\nGive the server the key that they need, or set them again.");
            }
        }

        @Command(
                name = "retire",
                description = "Remove keys that nothing needs any more; refused while something needs an old one.")
        void retire(
                @Mixin Connection connection,
                @Option(names = "--dry-run", description = "Only say which.") boolean dryRun) {
            connection.print(connection.client().post("/secrets-keys/retire", JsonObject.of("dryRun", dryRun)));
        }

        private static JsonObject await(Connection connection, JsonObject operation) {
            var progress = connection.format == Connection.Format.table
                    ? connection.terminal().progress()
                    : OperationProgress.View.NONE;
            var result = OperationProgress.await(connection.client(), operation, progress);
            connection.print(result);
            return result;
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
                    connection.client().list("/usage" + query),
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
