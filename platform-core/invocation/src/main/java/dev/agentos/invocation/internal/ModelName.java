package dev.agentos.invocation.internal;

import dev.agentos.invocation.InvocationErrorCode;
import dev.agentos.spi.AgentOsException;

/** {@code provider/model}; the model's part may hold further slashes. */
public record ModelName(String provider, String model) {

    /** The parts of a name; {@code model:UNKNOWN_MODEL} when it has not both. */
    public static ModelName of(String name) {
        int slash = name.indexOf('/');
        if (slash <= 0 || slash == name.length() - 1) {
            throw new AgentOsException(
                    InvocationErrorCode.UNKNOWN_MODEL,
                    "'" + name + "' does not name a model.",
                    "Write provider/model, as in local/extractive.");
        }
        return new ModelName(name.substring(0, slash), name.substring(slash + 1));
    }

    @Override
    public String toString() {
        return provider + "/" + model;
    }
}
