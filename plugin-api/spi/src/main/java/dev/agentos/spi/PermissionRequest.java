package dev.agentos.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A permission that a plugin declares, one clause of the manifest header {@value #HEADER}, in the syntax of OSGi
 * headers: {@code net.connect;target="api.openai.com:443";reason="model API";optional:=true}.
 *
 * @param permission what it asks for
 * @param reason why, in the author's words; may be empty
 * @param optional whether the plugin works without it
 */
public record PermissionRequest(Permission permission, String reason, boolean optional) {

    /** The manifest header. */
    public static final String HEADER = "AgentOS-Permissions";

    /**
     * Reads the header's value.
     *
     * @throws IllegalArgumentException naming the clause, if a word is unknown, a target does not fit, an attribute is
     *     unknown, or a quote is not closed
     */
    public static List<PermissionRequest> parseHeader(String header) {
        List<PermissionRequest> requests = new ArrayList<>();
        for (String clause : split(header, ',')) {
            if (!clause.isBlank()) {
                requests.add(parseClause(clause.strip()));
            }
        }
        return List.copyOf(requests);
    }

    /** The clause that reads as this request. */
    public String clause() {
        StringBuilder out = new StringBuilder(permission.kind().word());
        permission
                .target()
                .ifPresent(target -> out.append(";target=\"").append(target).append('"'));
        if (!reason.isEmpty()) {
            out.append(";reason=\"").append(reason).append('"');
        }
        return optional ? out.append(";optional:=true").toString() : out.toString();
    }

    private static PermissionRequest parseClause(String clause) {
        List<String> parts = split(clause, ';');
        Optional<String> target = Optional.empty();
        String reason = "";
        boolean optional = false;
        try {
            for (String part : parts.subList(1, parts.size())) {
                int equals = part.indexOf('=');
                String name =
                        equals < 0 ? part.strip() : part.substring(0, equals).strip();
                String value =
                        equals < 0 ? "" : unquoted(part.substring(equals + 1).strip());
                switch (name) {
                    case "target" -> target = Optional.of(value);
                    case "reason" -> reason = value;
                    case "optional:" -> optional = Boolean.parseBoolean(value);
                    default -> throw new IllegalArgumentException("unknown attribute '" + name + "'");
                }
            }
            PermissionKind kind = PermissionKind.ofWord(parts.getFirst().strip());
            return new PermissionRequest(new Permission(kind, target), reason, optional);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(HEADER + ": " + e.getMessage() + " in clause '" + clause + "'", e);
        }
    }

    private static String unquoted(String value) {
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        if (quoted) {
            throw new IllegalArgumentException(HEADER + ": a quote is not closed in '" + text + "'");
        }
        parts.add(text.substring(start));
        return parts;
    }
}
