package dev.agentos.verifier;

import dev.agentos.spi.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report in the form of SARIF 2.1.0, which code hosts and editors show. */
final class SarifReport {

    private static final String SCHEMA =
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    /** A rule's names and what it asks for. */
    record Rule(String id, String name, String text) {}

    private SarifReport() {}

    /** All rules, by id. */
    static Map<String, Rule> rules() {
        Map<String, Rule> rules = new LinkedHashMap<>();
        JdkRules.lines("rules.txt").stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" \\| "))
                .forEach(part -> rules.put(part[0], new Rule(part[0], part[1], part[2])));
        return rules;
    }

    static JsonObject of(VerificationReport report) {
        List<Rule> rules = List.copyOf(rules().values());
        JsonObject driver = JsonObject.of(
                "name",
                "agentos-verifier",
                "semanticVersion",
                "1.0.0",
                "rules",
                rules.stream()
                        .map(rule -> JsonObject.of(
                                "id", rule.id, "name", rule.name, "shortDescription", JsonObject.of("text", rule.text)))
                        .toList());
        JsonObject run = JsonObject.of(
                "tool",
                JsonObject.of("driver", driver),
                "artifacts",
                List.of(JsonObject.of(
                        "location",
                        JsonObject.of("uri", uri(report.file())),
                        "length",
                        report.sizeBytes(),
                        "hashes",
                        JsonObject.of("sha-512", report.sha512()))),
                "results",
                report.findings().stream()
                        .map(finding -> result(finding, rules, report.file()))
                        .toList());
        return JsonObject.of("$schema", SCHEMA, "version", "2.1.0", "runs", List.of(run));
    }

    private static JsonObject result(Finding finding, List<Rule> rules, String file) {
        int index = rules.stream().map(Rule::id).toList().indexOf(finding.ruleId());
        JsonObject location = JsonObject.of("artifactLocation", JsonObject.of("uri", uri(file), "index", 0));
        return JsonObject.of(
                "ruleId",
                finding.ruleId(),
                "ruleIndex",
                index,
                "level",
                switch (finding.severity()) {
                    case ERROR -> "error";
                    case WARNING -> "warning";
                    case NOTE -> "note";
                },
                "message",
                JsonObject.of("text", finding.message() + " " + finding.action()),
                "locations",
                List.of(JsonObject.of("physicalLocation", location)));
    }

    /** A file's name as a relative reference. */
    private static String uri(String file) {
        StringBuilder out = new StringBuilder();
        for (byte b : file.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0);
            out.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
        }
        return out.toString();
    }
}
