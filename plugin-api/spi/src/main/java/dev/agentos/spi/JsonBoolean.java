package dev.agentos.spi;

/** The JSON literals {@code true} and {@code false}. */
public enum JsonBoolean implements JsonValue {
    TRUE,
    FALSE;

    /** The literal of a Java boolean. */
    public static JsonBoolean of(boolean value) {
        return value ? TRUE : FALSE;
    }

    /** This literal as a Java boolean. */
    public boolean value() {
        return this == TRUE;
    }

    @Override
    public Object toJava() {
        return value();
    }

    @Override
    public String toString() {
        return value() ? "true" : "false";
    }
}
