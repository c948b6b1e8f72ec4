package dev.agentos.scripting;

import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * A script with all that its outcome depends on, besides what the host's functions answer: the same script comes to the
 * same.
 *
 * @param source the body of a JavaScript function of {@code state}, strict and asynchronous
 * @param state what the script sees
 * @param tools the names in {@code tools}; whether a call is allowed is the host's to say
 * @param seed of {@code Math.random}
 * @param now what every clock shows
 */
public record Script(
        String source, JsonObject state, List<String> tools, String seed, Instant now, ScriptLimits limits) {

    /** The longest source, in characters. */
    public static final int MAX_SOURCE = 256 * 1024;

    public Script {
        tools = List.copyOf(tools);
    }
}
