package dev.agentos.invocation;

import java.time.Duration;

/**
 * The limits of calls into one plugin.
 *
 * @param threads how many run at once, unless it was granted more
 * @param runaways after how many calls that do not end a plugin is switched off
 * @param circuitFailures after how many failures in a row a plugin is not called for a while
 * @param circuitPause how long
 * @param model how long a model may take for an answer, however much it has to say
 * @param reducer how long a reducer may take for one write
 */
record CallLimits(
        int threads, int runaways, int circuitFailures, Duration circuitPause, Duration model, Duration reducer) {
    static CallLimits standard(Duration reducer) {
        return new CallLimits(8, 3, 10, Duration.ofSeconds(10), Duration.ofMinutes(30), reducer);
    }
}
