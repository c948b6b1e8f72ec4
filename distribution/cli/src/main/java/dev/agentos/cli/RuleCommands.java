package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Yaml;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about what may be done: rules, and what people are asked to agree to. */
final class RuleCommands {
    private static final String RULES = "{\"rules\": []}";

    private RuleCommands() {}

    /**
     * What a file holds, in JSON or YAML.
     *
     * @param example of an object that it could be
     */
    static JsonObject document(Path file, String example) {
        try {
            if (Yaml.parse(Files.readString(file)) instanceof JsonObject object) {
                return object;
            }
            throw new CliException(CliException.USAGE, file + " holds no object, as in " + example + ".");
        } catch (IOException unreadable) {
            throw new CliException(CliException.USAGE, "There is no readable file " + file + ".");
        } catch (AgentOsException malformed) {
            throw new CliException(
                    CliException.USAGE, file + ": " + malformed.getMessage() + "\n" + malformed.action());
        }
    }

    /** Rules of a tenant, or of the platform when no tenant is named. */
    @Command(
            name = "policy",
            description = "Write, try and remove rules, of a tenant or, without one, of the platform.")
    static final class Policy {
        @Command(name = "list", description = "List the policies.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/policies"),
                    "name",
                    "owner",
                    "version",
                    "changedAt",
                    "changedBy",
                    "changedByName",
                    "note");
        }

        @Command(name = "show", description = "Show a policy with its rules.")
        void show(
                @Mixin Connection connection,
                @Parameters(paramLabel = "NAME", description = "As 'policy list' names it.") String name) {
            connection.print(connection.client().get(path(name)));
        }

        @Command(name = "set", description = "Write a policy; it becomes the next version and holds at once.")
        void set(
                @Mixin Connection connection,
                @Parameters(index = "0", paramLabel = "NAME") String name,
                @Parameters(index = "1", paramLabel = "FILE", description = "Its rules, in JSON or YAML.") Path file,
                @Option(names = "--note", description = "Why; it is kept.") Optional<String> note,
                @Option(names = "--dry-run", description = "Check it, and keep nothing.") boolean dryRun) {
            var rules = document(file, RULES).with("dryRun", dryRun);
            var request = note.isPresent() ? rules.with("note", note.get()) : rules;
            connection.print(connection.client().replace(path(name), request));
            if (dryRun) {
                connection.say("It would be accepted. Nothing was kept.");
            }
        }

        @Command(name = "remove", description = "Remove a policy; 'policy rollback' brings it back.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().remove(path(name));
            connection.say("Removed " + name + ".");
        }

        @Command(name = "versions", description = "List what a policy has said, also when it is no more.")
        void versions(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.print(
                    connection.client().list(path(name) + "/versions"),
                    "version",
                    "removed",
                    "changedAt",
                    "changedBy",
                    "changedByName",
                    "note");
        }

        @Command(name = "rollback", description = "Write a policy as an earlier version had it.")
        void rollback(
                @Mixin Connection connection,
                @Parameters(index = "0", paramLabel = "NAME") String name,
                @Parameters(index = "1", paramLabel = "VERSION", description = "As 'policy versions' numbers it.")
                        int version,
                @Option(names = "--note", description = "Why; it is kept.") Optional<String> note) {
            var request = JsonObject.of("version", version);
            connection.print(connection
                    .client()
                    .post(path(name) + "/rollback", note.isPresent() ? request.with("note", note.get()) : request));
        }

        @Command(name = "evaluate", description = "Ask what the rules come to, and why, without doing anything.")
        void evaluate(
                @Mixin Connection connection,
                @Parameters(
                                index = "0",
                                paramLabel = "POINT",
                                description = "admission, route, model, tool, output, publish or install.")
                        String point,
                @Parameters(
                                index = "1",
                                paramLabel = "VALUES",
                                defaultValue = "{}",
                                description = "JSON, as in '{\"tool\": {\"name\": \"mail.send\"}}', or a file of JSON"
                                        + " or YAML.")
                        String values,
                @Option(names = "--with", paramLabel = "FILE", description = "A policy that is tried and not kept.")
                        Optional<Path> candidate,
                @Option(
                                names = "--run-judges",
                                description = "Ask the judges of checks as well, which costs what it costs.")
                        boolean judges) {
            var question = JsonObject.of("point", point, "values", values(values), "runJudges", judges);
            var decision = connection
                    .client()
                    .post(
                            "/policies/evaluate",
                            candidate.isPresent()
                                    ? question.with("policy", document(candidate.get(), RULES))
                                    : question);
            if (connection.format == Connection.Format.json) {
                connection.print(decision);
            } else {
                explain(decision).forEach(connection::say);
            }
        }

        private static String path(String name) {
            return "/policies/" + ServerClient.encode(name);
        }

        private static JsonObject values(String written) {
            if (!written.strip().startsWith("{")) {
                return document(Path.of(written), RULES);
            }
            try {
                return Json.parseObject(written);
            } catch (AgentOsException malformed) {
                throw new CliException(CliException.USAGE, malformed.getMessage() + "\n" + malformed.action());
            }
        }
    }

    /** A decision in lines: what holds, which rule says so, what its condition looked at, and what else matched. */
    static List<String> explain(JsonObject decision) {
        var lines = new ArrayList<String>();
        lines.add("effect: " + decision.text("effect").orElse(""));
        decision.text("closedBy")
                .ifPresent(policy ->
                        lines.add("because: policy '" + policy + "' lets nothing pass without a rule that allows it"));
        var deciding = decision.object("deciding");
        deciding.ifPresent(match -> lines.addAll(match("because", match)));
        if (deciding.isEmpty() && decision.text("closedBy").isEmpty()) {
            lines.add("because: no rule speaks against it");
        }
        Marketplace.objects(decision.array("matches").orElse(JsonArray.EMPTY)).stream()
                .filter(match -> !match.equals(deciding.orElse(JsonObject.EMPTY)))
                .forEach(match -> lines.addAll(match("also", match)));
        Marketplace.objects(decision.array("checks").orElse(JsonArray.EMPTY)).forEach(made -> lines.add(check(made)));
        return lines;
    }

    /** What a check came to. */
    private static String check(JsonObject made) {
        var detail = made.text("detail").map(RuleCommands::visible).orElse("");
        return "check: rule '" + made.text("rule").orElse("") + "' of the "
                + made.text("owner").orElse("") + "'s policy '"
                + made.text("policy").orElse("") + "': "
                + made.text("outcome").orElse("") + (detail.isEmpty() ? "" : ": " + detail);
    }

    /** A rule that matched. */
    private static List<String> match(String as, JsonObject match) {
        var lines = new ArrayList<String>();
        lines.add(as + ": rule '" + match.text("rule").orElse("") + "' of the "
                + match.text("owner").orElse("") + "'s policy '"
                + match.text("policy").orElse("") + "' (version "
                + OperationProgress.number(match, "version") + "): "
                + match.text("effect").orElse("")
                + (match.text("mode").orElse("").equals("dry-run") ? ", only tried" : "") + ". "
                + match.text("reason").map(RuleCommands::visible).orElse(""));
        match.text("when").ifPresent(condition -> lines.add("  when: " + visible(condition)));
        match.object("values")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((path, value) -> lines.add("  " + visible(path) + " = " + pretty(value, "  ")));
        match.text("error").ifPresent(error -> lines.add("  its condition has no value: " + visible(error)));
        return lines;
    }

    /** What people of a tenant are asked to agree to. */
    @Command(name = "approval", description = "See and decide what waits for people to agree to.")
    static final class Approval {
        static final String NONCE = "As 'show' printed it: decide on nothing else (default: what is now).";

        @Command(name = "list", description = "List approvals, newest first.")
        void list(
                @Mixin Connection connection,
                @Option(names = "--state", defaultValue = "", description = "Only those, as in PENDING.")
                        String state) {
            var query = state.isEmpty() ? "" : "?state=" + ServerClient.encode(state.toUpperCase(Locale.ROOT));
            connection.print(
                    connection.client().list("/approvals" + query),
                    "id",
                    "state",
                    "kind",
                    "name",
                    "risk",
                    "expiresAt",
                    "execution",
                    "operation");
        }

        @Command(name = "show", description = "Show what is to be done, whole.")
        void show(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID", description = "As 'approval list' names it.") String id) {
            print(connection, connection.client().get(path(id)));
        }

        @Command(name = "approve", description = "Show what is to be done and agree; what waits goes on at once.")
        void approve(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
                @Option(names = "--arguments", paramLabel = "JSON", description = "Do it with these instead.")
                        Optional<JsonObject> arguments,
                @Option(names = "--reason", description = "Why; it is kept.") Optional<String> reason) {
            var ballot = ballot(connection, id, nonce, reason);
            decide(
                    connection,
                    path(id) + "/approve",
                    arguments.isPresent() ? ballot.with("arguments", arguments.get()) : ballot);
        }

        @Command(name = "reject", description = "Show what is to be done and refuse it, once and for all.")
        void reject(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
                @Option(names = "--reason", description = "Why; the execution is told.") Optional<String> reason) {
            decide(connection, path(id) + "/reject", ballot(connection, id, nonce, reason));
        }

        @Command(
                name = "delegate",
                description =
                        "Show what is to be done and leave it to one key, user or group, which alone may decide then.")
        void delegate(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(
                                names = "--to",
                                required = true,
                                paramLabel = "KEY",
                                description = "Its id, as in key_…, or group:NAME.")
                        String to,
                @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
                @Option(names = "--reason", description = "Why; it is kept.") Optional<String> reason) {
            decide(
                    connection,
                    path(id) + "/delegate",
                    ballot(connection, id, nonce, reason).with("to", to));
        }

        @Command(
                name = "escalate",
                description = "Show what is to be done and let those decide whom the rule names for that, or owners.")
        void escalate(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
                @Option(names = "--reason", description = "Why.") Optional<String> reason) {
            decide(connection, path(id) + "/escalate", ballot(connection, id, nonce, reason));
        }

        /**
         * Shows what is to be done, and names that and nothing else in the decision. A program that reads the answer's
         * JSON gets what was shown on the other stream.
         */
        private static JsonObject ballot(
                Connection connection, String id, Optional<String> nonce, Optional<String> reason) {
            var shown = connection.client().get(path(id));
            if (connection.format == Connection.Format.json) {
                System.err.println(visible(Json.write(shown)));
            } else {
                print(connection, shown);
            }
            return ballot(shown, nonce, reason);
        }

        /** Decides on what was shown, or on what the nonce says. */
        static JsonObject ballot(JsonObject shown, Optional<String> nonce, Optional<String> reason) {
            var ballot = JsonObject.of(
                    "nonce", nonce.orElseGet(() -> shown.text("nonce").orElse("")));
            return reason.isPresent() ? ballot.with("reason", reason.get()) : ballot;
        }

        private static void decide(Connection connection, String path, JsonObject ballot) {
            var decided = connection.client().post(path, ballot);
            if (connection.format == Connection.Format.json) {
                connection.print(decided);
            } else {
                outcome(decided).forEach(connection::say);
            }
        }

        private static void print(Connection connection, JsonObject approval) {
            if (connection.format == Connection.Format.json) {
                connection.print(approval);
            } else {
                describe(approval).forEach(connection::say);
            }
        }

        private static String path(String id) {
            return "/approvals/" + ServerClient.encode(id);
        }
    }

    /** An approval in lines, its arguments whole and last, where a terminal shows them. */
    static List<String> describe(JsonObject approval) {
        var lines = new ArrayList<String>();
        for (var name :
                List.of("id", "state", "execution", "operation", "startedBy", "risk", "createdAt", "expiresAt")) {
            approval.text(name).ifPresent(text -> lines.add(name + ": " + visible(text)));
        }
        lines.add("people: " + OperationProgress.number(approval, "people") + " must agree");
        lines.addAll(votes(approval));
        lines.addAll(deciders(approval));
        approval.text("escalatesAt").ifPresent(at -> lines.add("escalatesAt: " + visible(at)));
        approval.object("rule").ifPresent(rule -> lines.addAll(match("rule", rule)));
        approval.text("nonce").ifPresent(nonce -> lines.add("nonce: " + visible(nonce)));
        lines.add("to be done: " + approval.text("kind").orElse("") + " "
                + approval.text("name").map(RuleCommands::visible).orElse(""));
        approval.member("asked").ifPresent(asked -> lines.add("asked for: " + pretty(asked, "")));
        lines.addAll(changes(approval));
        approval.member("arguments").ifPresent(arguments -> lines.add("arguments: " + pretty(arguments, "")));
        return lines;
    }

    /** Who may take the next decision, when not everybody may. */
    private static List<String> deciders(JsonObject approval) {
        var lines = new ArrayList<String>();
        approval.array("chain").ifPresent(chain -> lines.add("chain: " + visible(Json.write(chain))));
        approval.text("escalatedTo").ifPresent(to -> lines.add("escalated to: " + visible(to)));
        approval.text("deciders").ifPresent(who -> lines.add("deciders: " + visible(who) + " alone may decide"));
        return lines;
    }

    /** Each place that somebody has edited, before what it all comes to. */
    private static List<String> changes(JsonObject approval) {
        return Marketplace.objects(approval.array("changes").orElse(JsonArray.EMPTY)).stream()
                .map(change -> "changed: " + change.text("op").orElse("") + " "
                        + change.text("pointer").map(RuleCommands::visible).orElse("")
                        + change.member("before")
                                .map(value -> " from " + visible(Json.write(value)))
                                .orElse("")
                        + change.member("after")
                                .map(value -> " to " + visible(Json.write(value)))
                                .orElse(""))
                .toList();
    }

    /** What a decision came to. */
    static List<String> outcome(JsonObject approval) {
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add("state: " + approval.text("state").orElse(""));
        lines.addAll(votes(approval));
        lines.addAll(deciders(approval));
        lines.addAll(changes(approval));
        if (approval.member("asked").isPresent()) {
            approval.member("arguments").ifPresent(arguments -> lines.add("arguments: " + pretty(arguments, "")));
        }
        return lines;
    }

    private static List<String> votes(JsonObject approval) {
        return Marketplace.objects(approval.array("votes").orElse(JsonArray.EMPTY)).stream()
                .map(vote -> "vote: " + vote.text("by").orElse("")
                        + (vote.bool("agreed").orElse(false) ? " agreed" : " refused")
                        + vote.text("reason")
                                .map(reason -> ", because: " + visible(reason))
                                .orElse(""))
                .toList();
    }

    /** JSON over several lines. */
    private static String pretty(JsonValue value, String indent) {
        var inner = indent + "  ";
        return switch (value) {
            case JsonObject object
            when !object.members().isEmpty() ->
                object.members().entrySet().stream()
                        .map(member ->
                                inner + visible(JsonValue.of(member.getKey()).toString()) + ": "
                                        + pretty(member.getValue(), inner))
                        .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
            case JsonArray array
            when array.size() > 0 ->
                array.items().stream()
                        .map(item -> inner + pretty(item, inner))
                        .collect(Collectors.joining(",\n", "[\n", "\n" + indent + "]"));
            default -> visible(Json.write(value));
        };
    }

    /**
     * The text with what would move the cursor, hide or turn round other text written as in JSON. A model may have
     * written what is shown here, and a person decides by what is seen.
     */
    static String visible(String text) {
        return text.codePoints()
                .mapToObj(point -> switch (Character.getType(point)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED -> escaped(point);
                    default -> Character.toString(point);
                })
                .collect(Collectors.joining());
    }

    private static String escaped(int point) {
        return Character.toString(point)
                .chars()
                .mapToObj(unit -> String.format("\\u%04x", unit))
                .collect(Collectors.joining());
    }
}
