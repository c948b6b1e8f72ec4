package dev.agentos.spi;

import org.jspecify.annotations.Nullable;

/** The JSON literal {@code null}. */
public enum JsonNull implements JsonValue {
    /** The only instance. */
    NULL;

    @Override
    public @Nullable Object toJava() {
        return null;
    }

    @Override
    public String toString() {
        return "null";
    }
}
