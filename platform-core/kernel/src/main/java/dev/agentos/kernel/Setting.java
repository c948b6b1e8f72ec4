package dev.agentos.kernel;

import java.util.Locale;

/**
 * A setting that the server knows.
 *
 * @param name dashed, as in {@code http-port}; {@code --http-port} on the command line, {@code AGENTOS_HTTP_PORT} in
 *     the environment, {@code http-port:} in the file
 * @param description what it does, with its unit
 * @param defaultValue in force when nobody sets it; empty for none
 * @param secret whether its value is never shown, and may be given as a file with {@code AGENTOS_…_FILE}
 */
public record Setting(String name, String description, String defaultValue, boolean secret) {

    /** A setting whose value may be shown. */
    public static Setting of(String name, String description, String defaultValue) {
        return new Setting(name, description, defaultValue, false);
    }

    /** Its environment variable. */
    public String environmentName() {
        return "AGENTOS_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
