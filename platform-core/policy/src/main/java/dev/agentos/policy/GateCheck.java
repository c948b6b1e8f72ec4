package dev.agentos.policy;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What has to be right; the rule matches when it is not.
 *
 * @param scan detectors that must find nothing
 * @param schema JSON Schema that the arguments or the output must fit; a model's text is read as JSON
 */
public record GateCheck(List<String> scan, Optional<JsonObject> schema) {
    public GateCheck {
        scan = List.copyOf(scan);
    }

    JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        if (!scan.isEmpty()) {
            members.put("scan", scan);
        }
        schema.ifPresent(one -> members.put("schema", one));
        return (JsonObject) JsonValue.of(members);
    }
}
