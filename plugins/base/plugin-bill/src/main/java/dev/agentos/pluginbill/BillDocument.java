package dev.agentos.pluginbill;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A CycloneDX document in JSON. It has neither a serial number nor a time: the same parts give the same bytes. It is
 * written by hand, so that the build of a plugin needs no library for it.
 */
final class BillDocument {

    private BillDocument() {}

    /**
     * The document of a whole.
     *
     * @param parts in the order in which they are listed
     */
    static String of(PartId whole, List<Part> parts) {
        return "{\n"
                + "\"bomFormat\": \"CycloneDX\",\n"
                + "\"specVersion\": \"1.6\",\n"
                + "\"version\": 1,\n"
                + "\"metadata\": {\"component\": {"
                + String.join(", ", members(whole)) + "}},\n\"components\": "
                + (parts.isEmpty() ? "[]" : "[\n" + list(parts, ",\n") + "\n]") + "\n}\n";
    }

    private static String list(List<Part> parts, String between) {
        return parts.stream().map(BillDocument::component).collect(Collectors.joining(between));
    }

    private static String component(Part part) {
        List<String> members = members(part.id());
        part.sha256()
                .ifPresent(digest ->
                        members.add("\"hashes\": [{\"alg\": \"SHA-256\", \"content\": " + quoted(digest) + "}]"));
        part.place()
                .ifPresent(place ->
                        members.add("\"evidence\": {\"occurrences\": [{\"location\": " + quoted(place) + "}]}"));
        if (!part.parts().isEmpty()) {
            members.add("\"components\": [" + list(part.parts(), ", ") + "]");
        }
        return "{" + String.join(", ", members) + "}";
    }

    private static List<String> members(PartId id) {
        List<String> members = new ArrayList<>();
        members.add("\"type\": \"library\"");
        if (!id.group().isEmpty()) {
            members.add("\"group\": " + quoted(id.group()));
        }
        members.add("\"name\": " + quoted(id.name()));
        if (!id.version().isEmpty()) {
            members.add("\"version\": " + quoted(id.version()));
        }
        id.purl().ifPresent(purl -> members.add("\"purl\": " + quoted(purl)));
        return members;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
