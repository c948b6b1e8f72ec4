package dev.agentos.http;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Bodies that are taken where the description alone does not tell what is. */
final class FittingBodies {

    private static final Map<String, JsonObject> BY_SCHEMA = Map.of(
            "BudgetPut",
            Json.parseObject("{\"scope\":\"tenant\",\"limit\":{\"tokens\":100000},\"period\":\"day\"}"),
            "ConcurrencyLimitPut",
            Json.parseObject("{\"running\":1000}"),
            "GroupPut",
            Json.parseObject("{\"roles\":[\"viewer\"],\"members\":[]}"),
            "PolicyPut",
            Json.parseObject(
                    "{\"rules\":[{\"id\":\"pay\",\"point\":\"tool\",\"effect\":\"DENY\",\"reason\":\"Money.\"}]}"),
            "QuotaPut",
            Json.parseObject("{\"scope\":\"tenant\",\"executions\":100000,\"period\":\"day\"}"),
            "RateLimitPut",
            Json.parseObject("{\"requests\":1000000,\"window\":\"PT1S\"}"),
            "RetentionPut",
            Json.parseObject("{\"keep\":\"P300D\"}"),
            "RolePut",
            Json.parseObject("{\"scopes\":[\"graphs:read\"]}"),
            "SessionMessage",
            Json.parseObject("{\"graph\":\"chat\",\"message\":\"x\"}"));

    private FittingBodies() {}

    /** One that fits the schema of that name; empty where the description tells enough. */
    static Optional<JsonObject> of(String schema) {
        return Optional.ofNullable(BY_SCHEMA.get(schema));
    }
}
