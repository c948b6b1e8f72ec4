package dev.agentos.guard;

import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The properties of the process that plugins do not see: its command line, and what is called a secret. */
final class SecretProperties {

    private static final String[] NAMES = {
        "sun.java.command", "java.class.path", "jdk.module.path", "jdk.internal.javac.source"
    };

    private static final String[] WORDS = {
        "password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "api.key", "api-key", "api_key"
    };

    private SecretProperties() {}

    static boolean contains(@Nullable Object key) {
        if (!(key instanceof String name)) {
            return false;
        }
        for (String secret : NAMES) {
            if (secret.equals(name)) {
                return true;
            }
        }
        String lower = name.toLowerCase(Locale.ROOT);
        for (String word : WORDS) {
            if (lower.contains(word)) {
                return true;
            }
        }
        return false;
    }

    /** A copy of the others. */
    static Properties without(Properties all) {
        Properties copy = new Properties();
        for (Map.Entry<Object, Object> entry : all.entrySet()) {
            if (!contains(entry.getKey())) {
                copy.put(entry.getKey(), entry.getValue());
            }
        }
        return copy;
    }
}
