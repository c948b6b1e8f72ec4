package dev.agentos.spi;

import dev.agentos.spi.PermissionSyntaxException.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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

    /** The longest header, in characters. */
    public static final int MAX_HEADER = 65_536;

    /** The most clauses: nobody can judge more. */
    public static final int MAX_CLAUSES = 200;

    /** The longest target that a clause may have, in characters. */
    public static final int MAX_TARGET = 1_024;

    /** The longest reason, in characters. */
    public static final int MAX_REASON = 1_000;

    private static final Pattern WORD = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_.-]+");

    public PermissionRequest {
        if (reason.length() > MAX_REASON || reason.chars().anyMatch(Character::isISOControl)) {
            throw new PermissionSyntaxException(
                    Fault.ATTRIBUTE, "the reason is too long or has control characters", "Write a sentence or two.");
        }
    }

    /**
     * Reads the header's value.
     *
     * @throws PermissionSyntaxException naming the clause, if a word is unknown or never granted, a target does not
     *     fit, an attribute is unknown or there twice, a quote is not closed, or a limit is passed
     */
    public static List<PermissionRequest> parseHeader(String header) {
        if (header.length() > MAX_HEADER) {
            throw form("the header has " + header.length() + " characters; at most " + MAX_HEADER + " are read");
        }
        List<PermissionRequest> requests = new ArrayList<>();
        Set<Permission> seen = new HashSet<>();
        List<String> clauses = split(header, ',');
        if (clauses.size() > MAX_CLAUSES) {
            throw form("there are " + clauses.size() + " clauses; nobody can judge more than " + MAX_CLAUSES);
        }
        for (String text : clauses) {
            String clause = text.strip();
            if (clause.isEmpty() && header.isBlank()) {
                continue;
            }
            try {
                PermissionRequest request = parseClause(clause);
                if (!seen.add(request.permission)) {
                    throw new PermissionSyntaxException(
                            Fault.FORM, "'" + request.permission + "' is declared twice", "Keep one of the clauses.");
                }
                requests.add(request);
            } catch (PermissionSyntaxException e) {
                throw e.in(clause);
            }
        }
        return List.copyOf(requests);
    }

    /** The clause that reads as this request. */
    public String clause() {
        StringBuilder out = new StringBuilder(permission.kind().word());
        permission.target().ifPresent(target -> out.append(";target=").append(quoted(target)));
        if (!reason.isEmpty()) {
            out.append(";reason=").append(quoted(reason));
        }
        return optional ? out.append(";optional:=true").toString() : out.toString();
    }

    private static PermissionRequest parseClause(String clause) {
        List<String> parts = split(clause, ';');
        String word = parts.getFirst().strip();
        if (!WORD.matcher(word).matches()) {
            throw new PermissionSyntaxException(
                    Fault.UNKNOWN_WORD,
                    "'" + word + "' is no permission",
                    "Begin the clause with a permission's name, in small letters and without wildcards.");
        }
        Map<String, String> attributes = new HashMap<>();
        for (String part : parts.subList(1, parts.size())) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part.strip() : part.substring(0, equals).strip();
            if (equals < 0 || !Set.of("target", "reason", "optional:").contains(name)) {
                throw attribute("the attribute '" + name + "' is unknown");
            }
            if (attributes.putIfAbsent(name, unquoted(part.substring(equals + 1).strip())) != null) {
                throw attribute("the attribute '" + name + "' is there twice");
            }
        }
        String optional = attributes.getOrDefault("optional:", "false");
        if (!optional.equals("true") && !optional.equals("false")) {
            throw attribute("optional:= is true or false, not '" + optional + "'");
        }
        PermissionKind kind = PermissionKind.ofWord(word);
        Optional<String> target = Optional.ofNullable(attributes.get("target"));
        if (target.filter(text -> text.length() > MAX_TARGET).isPresent()) {
            throw new PermissionSyntaxException(
                    Fault.TARGET,
                    "the target is longer than " + MAX_TARGET + " characters",
                    "Name a folder or a pattern.");
        }
        return new PermissionRequest(
                new Permission(kind, target), attributes.getOrDefault("reason", ""), optional.equals("true"));
    }

    private static PermissionSyntaxException attribute(String message) {
        return new PermissionSyntaxException(
                Fault.ATTRIBUTE, message, "Use target=\"…\", reason=\"…\" and optional:=true, each once at most.");
    }

    private static PermissionSyntaxException form(String message) {
        return new PermissionSyntaxException(
                Fault.FORM,
                HEADER + ": " + message,
                "Write clauses as name;target=\"…\";reason=\"…\", with commas between them.");
    }

    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String unquoted(String value) {
        if (!value.startsWith("\"")) {
            if (!TOKEN.matcher(value).matches()) {
                throw attribute("the value '" + value + "' must stand in quotes");
            }
            return value;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"') {
                if (i != value.length() - 1) {
                    throw attribute("behind the closing quote of '" + value + "' stands more");
                }
                return out.toString();
            }
            out.append(c == '\\' && i + 1 < value.length() ? value.charAt(++i) : c);
        }
        throw form("a quote is not closed in '" + value + "'");
    }

    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && quoted) {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        if (quoted) {
            throw form("a quote is not closed in '" + text + "'");
        }
        parts.add(text.substring(start));
        return parts;
    }
}
