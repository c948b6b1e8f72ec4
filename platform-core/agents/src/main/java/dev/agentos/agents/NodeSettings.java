package dev.agentos.agents;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The settings that a node type takes, checked when a graph is compiled. */
record NodeSettings(Map<String, Class<? extends JsonValue>> known, List<String> required) {

    static final Class<JsonString> TEXT = JsonString.class;
    static final Class<JsonNumber> NUMBER = JsonNumber.class;
    static final Class<JsonArray> LIST = JsonArray.class;
    static final Class<JsonObject> OBJECT = JsonObject.class;
    static final Class<JsonBoolean> BOOLEAN = JsonBoolean.class;

    /** Those of some settings that are texts. */
    static Set<String> texts(JsonObject config, String... names) {
        Set<String> texts = new LinkedHashSet<>();
        for (String name : names) {
            config.text(name).ifPresent(texts::add);
        }
        return texts;
    }

    List<Fault> check(JsonObject config) {
        List<Fault> faults = new ArrayList<>();
        config.members().forEach((name, value) -> {
            Class<? extends JsonValue> type = known.get(name);
            if (type == null) {
                faults.add(new Fault(
                        "/config/" + Fault.escape(name),
                        KernelErrorCode.UNKNOWN_FIELD.code(),
                        "There is no setting '" + name + "' here; there are "
                                + String.join(
                                        ", ", known.keySet().stream().sorted().toList()) + "."));
            } else if (!type.isInstance(value)) {
                faults.add(new Fault(
                        "/config/" + name,
                        KernelErrorCode.INVALID_FIELD.code(),
                        "'" + name + "' must be "
                                + type.getSimpleName().replace("Json", "").toLowerCase(Locale.ROOT) + "."));
            }
        });
        for (String name : required) {
            if (config.member(name).isEmpty()) {
                faults.add(new Fault(
                        "/config/" + name, KernelErrorCode.INVALID_FIELD.code(), "'" + name + "' is missing."));
            }
        }
        return faults;
    }
}
