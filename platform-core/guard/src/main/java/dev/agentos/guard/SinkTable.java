package dev.agentos.guard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The table of places at which the JDK acts, {@code sinks.csv}. */
final class SinkTable {

    private final Map<String, List<Row>> rows = new LinkedHashMap<>();

    private SinkTable() {}

    /**
     * One line of the table.
     *
     * @param type the class's binary name
     * @param method the method's name, {@code *} at its end for any end
     * @param descriptor how the descriptor begins
     * @param rule what is asked
     * @param arguments what the rule is told
     */
    record Row(String type, String method, String descriptor, Rule rule, List<String> arguments) {

        boolean matches(String name, String described) {
            boolean named = method.endsWith("*")
                    ? name.startsWith(method.substring(0, method.length() - 1))
                    : name.equals(method);
            return named && described.startsWith(descriptor);
        }

        @Override
        public String toString() {
            return type + '.' + method + descriptor;
        }
    }

    static SinkTable load() {
        try (InputStream in = SinkTable.class.getResourceAsStream("sinks.csv")) {
            if (in == null) {
                throw new IllegalStateException("The guard's table of sinks is missing");
            }
            SinkTable table = new SinkTable();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    table.add(line);
                }
            }
            return table;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String line) {
        String[] parts = line.split(",", -1);
        List<String> arguments = new ArrayList<>();
        for (String argument : parts[4].strip().split(" ", -1)) {
            if (!argument.isEmpty()) {
                arguments.add(argument);
            }
        }
        Row row = new Row(parts[0], parts[1], parts[2], Rule.valueOf(parts[3]), List.copyOf(arguments));
        rows.computeIfAbsent(row.type(), type -> new ArrayList<>()).add(row);
    }

    /** The lines by class, in the order of the table. */
    Map<String, List<Row>> rows() {
        return rows;
    }
}
