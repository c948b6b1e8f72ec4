package dev.agentos.schemas;

import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressions;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of a schema, which gives up before it takes long. The schema is a plugin's and the value a client's: some
 * patterns try a number of ways that doubles with each character of a value that almost fits, and whoever waits for the
 * answer cannot be interrupted.
 *
 * @param text as the schema has it
 * @param pattern as Java writes it
 */
record BoundedPattern(String text, Pattern pattern) implements RegularExpression {

    /** About a tenth of a second. */
    private static final int MOST_LOOKS = 5_000_000;

    /** A pattern looked at too many characters, or nested too deeply. */
    static final class TooSlow extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private TooSlow(String pattern) {
            super("its pattern '" + shortened(pattern) + "' takes too long for a value", null, false, false);
        }

        private static String shortened(String text) {
            return text.length() <= 100 ? text : text.substring(0, 100) + "…";
        }
    }

    /**
     * A pattern as ECMA-262 writes it, for the most part.
     *
     * @throws PatternSyntaxException if it is none
     */
    static BoundedPattern of(String text) {
        return new BoundedPattern(
                text,
                Pattern.compile(RegularExpressions.replaceLongformCharacterProperties(
                        RegularExpressions.replaceDollarAnchors(text))));
    }

    @Override
    public boolean matches(String value) {
        try {
            return pattern.matcher(new Counted(value)).find();
        } catch (StackOverflowError e) {
            throw new TooSlow(text);
        }
    }

    /** A text that counts how often it is looked at. */
    private final class Counted implements CharSequence {
        private final String value;
        private int looks;

        Counted(String value) {
            this.value = value;
        }

        @Override
        public char charAt(int index) {
            if (++looks > MOST_LOOKS) {
                throw new TooSlow(text);
            }
            return value.charAt(index);
        }

        @Override
        public int length() {
            return value.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return value.subSequence(start, end);
        }

        @Override
        public String toString() {
            return value;
        }
    }
}
