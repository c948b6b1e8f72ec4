package dev.agentos.spi;

import java.util.regex.Pattern;

/**
 * Ports from a first to a last one; {@code n}, {@code n-m} or {@code *} for all.
 *
 * @param first 0 to 65535
 * @param last not below the first
 */
record Ports(int first, int last) {

    private static final int HIGHEST = 65_535;
    private static final Pattern FORM = Pattern.compile("[0-9]{1,5}(-[0-9]{1,5})?");

    static Ports parse(String text) {
        if (text.equals("*")) {
            return new Ports(0, HIGHEST);
        }
        int dash = text.indexOf('-');
        if (FORM.matcher(text).matches()) {
            int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
            int last = Integer.parseInt(text.substring(dash + 1));
            if (first <= last && last <= HIGHEST) {
                return new Ports(first, last);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no port, no range of ports and not *");
    }

    boolean covers(Ports wanted) {
        return first <= wanted.first && wanted.last <= last;
    }

    @Override
    public String toString() {
        return first == 0 && last == HIGHEST ? "*" : first == last ? "" + first : first + "-" + last;
    }
}
