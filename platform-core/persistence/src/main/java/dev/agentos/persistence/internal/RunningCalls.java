package dev.agentos.persistence.internal;

import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The calls that a server makes, as it tells the others of them. */
public final class RunningCalls {

    private RunningCalls() {}

    /** As they are kept. */
    public static JsonValue write(Map<KillSwitches.Call, Integer> calls) {
        List<JsonObject> written = new ArrayList<>();
        calls.forEach((call, number) -> written.add(JsonObject.of(
                "tenant", call.tenant().value(),
                "agent", call.agent().orElse(""),
                "plugin", call.plugin(),
                "caller", call.caller().orElse(""),
                "tool", call.tool().orElse(""),
                "provider", call.provider().orElse(""),
                "calls", number)));
        return JsonValue.of(written);
    }

    /** What {@link #write} wrote. */
    public static Map<KillSwitches.Call, Integer> read(JsonArray written) {
        Map<KillSwitches.Call, Integer> calls = new HashMap<>();
        for (JsonValue one : written) {
            JsonObject call = (JsonObject) one;
            calls.merge(
                    new KillSwitches.Call(
                            new TenantId(call.text("tenant").orElse("")),
                            text(call, "agent"),
                            call.text("plugin").orElse(""),
                            text(call, "caller"),
                            text(call, "tool"),
                            text(call, "provider")),
                    call.number("calls")
                            .map(number -> number.value().intValue())
                            .orElse(0),
                    Integer::sum);
        }
        return calls;
    }

    private static Optional<String> text(JsonObject call, String member) {
        return call.text(member).filter(text -> !text.isEmpty());
    }
}
