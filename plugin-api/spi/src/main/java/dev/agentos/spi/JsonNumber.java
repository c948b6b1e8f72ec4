package dev.agentos.spi;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A JSON number with all its digits: {@code 1.0} and {@code 1} are different values and print as they were written. A
 * whole number that was written with an exponent, as {@code 1e2}, is the one with all its digits, unless they are more
 * than 21.
 *
 * @param value the exact value; at most 1,000 digits are read from outside
 */
public record JsonNumber(BigDecimal value) implements JsonValue {

    /** So many digits a program's double prints before it takes an exponent. */
    private static final int MOST_DIGITS = 21;

    /** What a number of a thousand digits has at least. */
    private static final int MANY_BITS = 3_320;

    public JsonNumber {
        // Both classes can be extended, and what they print be another thing each time.
        if (value.getClass() != BigDecimal.class || value.unscaledValue().getClass() != BigInteger.class) {
            value = new BigDecimal(value.toString());
        }
        if (value.scale() < 0 && (long) value.precision() - value.scale() <= MOST_DIGITS) {
            value = value.setScale(0);
        }
        if (value.unscaledValue().bitLength() > MANY_BITS && value.toString().length() < value.precision()) {
            // Never: it is asked because both take long, and are remembered. Whoever makes the number pays for them.
            throw new IllegalArgumentException("A number has fewer characters than digits");
        }
    }

    /** A whole number. */
    public static JsonNumber of(long value) {
        return new JsonNumber(BigDecimal.valueOf(value));
    }

    /**
     * The number of any Java number.
     *
     * @throws IllegalArgumentException if it is not finite: JSON has no NaN and no infinity
     */
    public static JsonNumber of(Number value) {
        return switch (value) {
            case BigDecimal number -> new JsonNumber(number);
            case BigInteger number -> new JsonNumber(new BigDecimal(number));
            case Double number -> ofFinite(number, number.toString());
            case Float number -> ofFinite(number, number.toString());
            default -> of(value.longValue());
        };
    }

    private static JsonNumber ofFinite(double value, String text) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no number " + text);
        }
        return new JsonNumber(new BigDecimal(text));
    }

    @Override
    public Object toJava() {
        if (value.scale() <= 0 && (long) value.precision() - value.scale() <= 18) {
            return value.longValueExact();
        }
        return value.doubleValue();
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
