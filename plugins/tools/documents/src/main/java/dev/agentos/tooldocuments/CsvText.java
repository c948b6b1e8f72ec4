package dev.agentos.tooldocuments;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The text of a table in CSV (RFC 4180, with comma, semicolon or tab): one paragraph a row, each cell behind its
 * column's name, so that a row can be understood by itself.
 */
final class CsvText {

    private CsvText() {}

    /** The text of a table whose first row names the columns. */
    static String of(String csv) {
        List<List<String>> rows = rows(csv, separator(csv));
        if (rows.size() < 2) {
            return csv.strip();
        }
        List<String> names = rows.getFirst();
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows.subList(1, rows.size())) {
            List<String> cells = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                if (!row.get(i).isBlank()) {
                    String name = i < names.size() ? names.get(i).strip() : "";
                    cells.add(
                            name.isEmpty()
                                    ? row.get(i).strip()
                                    : name + ": " + row.get(i).strip());
                }
            }
            if (!cells.isEmpty()) {
                out.append(String.join("; ", cells)).append(".\n\n");
            }
        }
        return out.toString().strip();
    }

    private static char separator(String csv) {
        String first = csv.lines().findFirst().orElse("");
        return Stream.of(',', ';', '\t')
                .max(Comparator.comparingLong(
                        candidate -> first.chars().filter(c -> c == candidate).count()))
                .orElse(',');
    }

    private static List<List<String>> rows(String csv, char separator) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < csv.length(); i++) {
            char c = csv.charAt(i);
            if (c == '"') {
                boolean doubled = quoted && i + 1 < csv.length() && csv.charAt(i + 1) == '"';
                if (doubled) {
                    cell.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (!quoted && (c == separator || c == '\n')) {
                row.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    rows.add(List.copyOf(row));
                    row.clear();
                }
            } else if (quoted || c != '\r') {
                cell.append(c);
            }
        }
        row.add(cell.toString());
        rows.add(List.copyOf(row));
        return rows;
    }
}
