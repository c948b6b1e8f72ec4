package dev.agentos.cli.client;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every command that speaks to a server, and what it prints. */
public final class Connection {
    /** How answers are printed. */
    public enum Format {
        table,
        json
    }

    @Option(
            names = "--server",
            description =
                    "Address of the server (default: of the one that runs in --data-dir, or else of this machine's"
                            + " as it is configured).")
    public Optional<URI> server = Optional.empty();

    @Option(names = "--key-file", description = "File that holds the API key (default: admin.key of --data-dir).")
    Optional<Path> keyFile = Optional.empty();

    @Option(names = "--data-dir", description = "Data directory of a local server (default: ${DEFAULT-VALUE}).")
    public Path dataDirectory = ServerAddress.dataDirectory();

    @Option(names = "--tenant", description = "Tenant to act for, by name or id; platform keys need it.")
    public Optional<String> tenant = Optional.empty();

    @Option(
            names = {"-o", "--output"},
            description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    public Format format = Format.table;

    private final Terminal terminal = Terminal.standard();

    public ServerClient client() {
        return new ServerClient(server(), readKey(keyFile.orElse(dataDirectory.resolve("admin.key"))), tenant);
    }

    public URI server() {
        return server.or(() -> ServerAddress.of(dataDirectory)).orElseGet(ServerAddress::standard);
    }

    /** Whether it is the key of the server in the data directory, an administrator's of the platform. */
    public boolean hasServersKey() {
        var own = dataDirectory.resolve("admin.key").toAbsolutePath().normalize();
        return keyFile.map(file -> file.toAbsolutePath().normalize().equals(own))
                .orElse(true);
    }

    public static String readKey(Path file) {
        return readSecret(
                file,
                "API key",
                " Name the key's file with --key-file, or the server's data directory with --data-dir.");
    }

    /** Reads what is sent as a credential and must fit into a header. */
    public static String readSecret(Path file, String kind, String advice) {
        try {
            var secret = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
            if (!secret.matches("[!-~]{1,500}")) {
                throw new CliException(CliException.USAGE, file + " does not hold the " + kind + "." + advice);
            }
            return secret;
        } catch (IOException unreadable) {
            throw new CliException(CliException.USAGE, "The " + kind + " cannot be read from " + file + "." + advice);
        }
    }

    /** A secret that is sent on, from a file or, as {@code -}, from standard input; without the end of its line. */
    public String secret(Path file) {
        try {
            var text = file.toString().equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(file);
            return text.stripTrailing();
        } catch (IOException unreadable) {
            throw new CliException(CliException.USAGE, "The secret cannot be read from " + file + ".");
        }
    }

    public Terminal terminal() {
        return terminal;
    }

    /** Prints an object: the named members, or all; what is nested is written {@code outer.inner}. */
    public void print(JsonObject value, String... members) {
        if (format == Format.json) {
            terminal.line(Json.write(value));
        } else if (members.length == 0) {
            lines(value).forEach(terminal::line);
        } else {
            for (var name : members) {
                value.member(name)
                        .ifPresent(member -> lines(JsonObject.of(name, member)).forEach(terminal::line));
            }
        }
    }

    /**
     * An answer with an invitation in it, and the link by which a person accepts it in a browser. The token stands
     * behind {@code #}, which browsers send to nobody.
     */
    public JsonObject linked(JsonObject answer) {
        return answer.text("invitation")
                .map(token -> answer.with(
                        "link", server().toString().replaceFirst("/+$", "") + "/console/invitation#" + token))
                .orElse(answer);
    }

    /** An object as a person reads it; a text of several lines goes on indented, so that it is not taken for others. */
    static List<String> lines(JsonObject value) {
        var lines = new ArrayList<String>();
        lines("", value, lines);
        return lines;
    }

    private static void lines(String outer, JsonObject value, List<String> lines) {
        value.members().forEach((name, member) -> line(outer + Texts.visible(name), member, lines));
    }

    private static void line(String name, JsonValue value, List<String> lines) {
        if (value instanceof JsonObject inner) {
            lines(name + ".", inner, lines);
        } else if (value instanceof JsonArray array && !Answers.objects(array).isEmpty()) {
            for (var i = 0; i < array.size(); i++) {
                line(name + "." + i, array.items().get(i), lines);
            }
        } else if (!plain(value).isEmpty()) {
            lines.add(name + ": " + Texts.lines(plain(value).stripTrailing(), "  "));
        }
    }

    /** Prints a list with the named members as columns; nested members are written {@code outer.inner}. */
    public void print(List<JsonObject> items, String... columns) {
        if (format == Format.json) {
            terminal.line(Json.write(new JsonArray(List.copyOf(items))));
            return;
        }
        if (items.isEmpty()) {
            terminal.line("There is none.");
            return;
        }
        table(items, columns).forEach(terminal::line);
    }

    /** The lines of a table, its headings first. */
    public static List<String> table(List<JsonObject> items, String... columns) {
        var lines = new ArrayList<String>();
        var rows = new ArrayList<List<String>>();
        rows.add(List.of(columns).stream().map(Connection::heading).toList());
        items.forEach(item -> rows.add(
                List.of(columns).stream().map(column -> cell(item, column)).toList()));
        for (var row : rows) {
            var line = new StringBuilder();
            for (var i = 0; i < row.size(); i++) {
                var column = i;
                var width = rows.stream()
                        .mapToInt(cells -> cells.get(column).length())
                        .max()
                        .orElse(0);
                line.append(i + 1 == row.size() ? row.get(i) : String.format("%-" + (width + 2) + "s", row.get(i)));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    /** Says something to a person, as it may be shown; a program that reads JSON does not get it. */
    public void say(String text) {
        if (format == Format.table) {
            terminal.line(Texts.lines(text, ""));
        }
    }

    /** As in LATEST VERSION for {@code latestVersion}. */
    private static String heading(String column) {
        return column.replace('.', ' ').replaceAll("([a-z])([A-Z])", "$1 $2").toUpperCase(Locale.ROOT);
    }

    private static String cell(JsonObject item, String column) {
        var dot = column.indexOf('.');
        if (dot > 0) {
            return item.object(column.substring(0, dot))
                    .map(inner -> cell(inner, column.substring(dot + 1)))
                    .orElse("");
        }
        return item.member(column).map(Connection::plain).map(Texts::visible).orElse("");
    }

    private static String plain(JsonValue value) {
        return switch (value) {
            case JsonString(String text) -> text;
            case JsonNull none -> "";
            case JsonArray array ->
                String.join(", ", array.items().stream().map(Connection::plain).toList());
            case JsonObject object
            when object.text("id").isPresent() -> object.text("id").orElseThrow();
            default -> value.toString();
        };
    }
}
