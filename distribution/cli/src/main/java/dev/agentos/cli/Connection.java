package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every command that speaks to a server, and what it prints. */
final class Connection {
    /** How answers are printed. */
    enum Format {
        table,
        json
    }

    @Option(names = "--server", description = "Address of the server (default: ${DEFAULT-VALUE}).")
    URI server = URI.create("http://127.0.0.1:7777");

    @Option(names = "--key-file", description = "File that holds the API key (default: admin.key of --data-dir).")
    Optional<Path> keyFile = Optional.empty();

    @Option(names = "--data-dir", description = "Data directory of a local server (default: ${DEFAULT-VALUE}).")
    Path dataDirectory = defaultDataDirectory();

    @Option(names = "--tenant", description = "Tenant to act for, by name or id; platform keys need it.")
    Optional<String> tenant = Optional.empty();

    @Option(
            names = {"-o", "--output"},
            description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Format format = Format.table;

    private final Terminal terminal = Terminal.standard();

    static Path defaultDataDirectory() {
        var named = System.getenv("AGENTOS_DATA_DIR");
        return named != null ? Path.of(named) : Path.of(System.getProperty("user.home"), ".agentos");
    }

    ServerClient client() {
        return new ServerClient(server, readKey(keyFile.orElse(dataDirectory.resolve("admin.key"))), tenant);
    }

    static String readKey(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException unreadable) {
            throw new CliException(
                    CliException.USAGE,
                    "The API key cannot be read from " + file + ". Name its file with --key-file, or the server's data"
                            + " directory with --data-dir.");
        }
    }

    Terminal terminal() {
        return terminal;
    }

    void print(JsonObject value) {
        if (format == Format.json) {
            terminal.line(Json.write(value));
        } else {
            value.members().forEach((name, member) -> {
                if (!plain(member).isEmpty()) {
                    terminal.line(name + ": " + plain(member));
                }
            });
        }
    }

    /** Prints a list with the named members as columns; nested members are written {@code outer.inner}. */
    void print(List<JsonObject> items, String... columns) {
        if (format == Format.json) {
            terminal.line(Json.write(new JsonArray(List.copyOf(items))));
            return;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of(columns).stream().map(String::toUpperCase).toList());
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
            terminal.line(line.toString().stripTrailing());
        }
    }

    /** Says something to a person; a program that reads JSON does not get it. */
    void say(String text) {
        if (format == Format.table) {
            terminal.line(text);
        }
    }

    private static String cell(JsonObject item, String column) {
        var dot = column.indexOf('.');
        if (dot > 0) {
            return item.object(column.substring(0, dot))
                    .map(inner -> cell(inner, column.substring(dot + 1)))
                    .orElse("");
        }
        return item.member(column).map(Connection::plain).orElse("");
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
