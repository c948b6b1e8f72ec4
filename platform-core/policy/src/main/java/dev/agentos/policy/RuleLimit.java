package dev.agentos.policy;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How often something may be done, on all servers together.
 *
 * @param requests 1 to 10 million
 * @param per in which time, 1 second to 1 day in whole seconds; it begins with the first request
 * @param by what is counted apart, always within one tenant
 */
public record RuleLimit(int requests, Duration per, By by) {

    static final int MOST = 10_000_000;
    static final Duration LONGEST = Duration.ofDays(1);

    /** What is counted apart. */
    public enum By {
        /** Nothing: all that the tenant does. */
        TENANT,
        /** What each principal has begun. */
        PRINCIPAL,
        /** Each agent's. */
        AGENT,
        /** Each tool's. */
        TOOL,
        /** Each model's. */
        MODEL;

        static Optional<By> ofWord(String word) {
            return Arrays.stream(values()).filter(by -> by.word().equals(word)).findFirst();
        }

        /** How documents write it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it is known at that point. */
        boolean knownAt(PolicyPoint point) {
            return switch (this) {
                case TENANT, PRINCIPAL, AGENT -> true;
                case TOOL -> point == PolicyPoint.TOOL;
                case MODEL -> point == PolicyPoint.MODEL;
            };
        }

        static String words() {
            return Arrays.stream(values()).map(By::word).collect(Collectors.joining(", "));
        }
    }

    JsonObject toJson() {
        return JsonObject.of("requests", requests, "per", per.toString(), "by", by.word());
    }
}
