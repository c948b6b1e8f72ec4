package dev.agentos.spi;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a grant of the network says about hosts: a DNS name, {@code *.} and a DNS name for all names below it, an
 * address, a block of addresses, or {@code *}. A name covers no address and an address no name.
 */
sealed interface Host {

    /** The host of that text; IPv6 stands in brackets. */
    static Host parse(String text) {
        if (text.equals("*")) {
            return new Any();
        }
        if (text.startsWith("[") && text.endsWith("]")) {
            return Block.parse(text.substring(1, text.length() - 1), true);
        }
        if (Block.IPV4.matcher(text).matches()) {
            return Block.parse(text, false);
        }
        return Name.parse(text);
    }

    /** Whether each host that the other stands for is one that this stands for, too. */
    boolean covers(Host wanted);

    /** Every host. */
    record Any() implements Host {
        @Override
        public boolean covers(Host wanted) {
            return true;
        }

        @Override
        public String toString() {
            return "*";
        }
    }

    /**
     * A DNS name in lower case, or all names below it.
     *
     * @param name without the star
     * @param below whether the names below are meant, and not the name itself
     */
    record Name(String name, boolean below) implements Host {

        private static final Pattern LABELS =
                Pattern.compile("([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
        private static final int LONGEST = 253;
        private static final Pattern NUMBER_LAST = Pattern.compile("(.*\\.)?[0-9]+");

        static Name parse(String text) {
            boolean below = text.startsWith("*.");
            String name = (below ? text.substring(2) : text).toLowerCase(Locale.ROOT);
            // The length first: the pattern remembers each label on the stack.
            if (name.length() > LONGEST
                    || !LABELS.matcher(name).matches()
                    || NUMBER_LAST.matcher(name).matches()) {
                throw new IllegalArgumentException("'" + text + "' is no DNS name (in ASCII letters), no *. with a DNS"
                        + " name, no address, no block of addresses and not *");
            }
            return new Name(name, below);
        }

        @Override
        public boolean covers(Host wanted) {
            return wanted instanceof Name other
                    && (below
                            ? other.name.endsWith("." + name) || (other.below && other.name.equals(name))
                            : !other.below && other.name.equals(name));
        }

        @Override
        public String toString() {
            return below ? "*." + name : name;
        }
    }

    /**
     * All addresses that begin with the same bits; one address when all bits are fixed.
     *
     * @param bits the address as a number
     * @param width 32 or 128
     * @param prefix how many bits are fixed
     */
    record Block(BigInteger bits, int width, int prefix) implements Host {

        static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]{1,2})?");
        private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]+(/[0-9]{1,3})?");
        private static final Pattern LEADING_ZERO = Pattern.compile("(.*\\.)?0[0-9].*");

        static Block parse(String text, boolean version6) {
            if (!(version6 ? IPV6 : IPV4).matcher(text).matches()
                    || (!version6 && LEADING_ZERO.matcher(text.split("/", 2)[0]).matches())) {
                throw new IllegalArgumentException("'" + text + "' is no address");
            }
            String[] halves = text.split("/", 2);
            byte[] address;
            try {
                address = InetAddress.ofLiteral(halves[0]).getAddress();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'" + halves[0] + "' is no address", e);
            }
            int width = address.length * 8;
            int prefix = halves.length < 2 ? width : Integer.parseInt(halves[1]);
            if (version6 && width == 32 && halves.length == 2) {
                prefix -= 96;
            }
            BigInteger bits = new BigInteger(1, address);
            if (prefix < 0
                    || prefix > width
                    || bits.getLowestSetBit() >= 0 && bits.getLowestSetBit() < width - prefix) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no block of addresses: behind the prefix all bits must be 0");
            }
            return new Block(bits, width, prefix);
        }

        @Override
        public boolean covers(Host wanted) {
            return wanted instanceof Block other
                    && other.width == width
                    && other.prefix >= prefix
                    && other.bits.shiftRight(width - prefix).equals(bits.shiftRight(width - prefix));
        }

        @Override
        public String toString() {
            String suffix = prefix == width ? "" : "/" + prefix;
            if (width == 128) {
                return "[" + version6() + suffix + "]";
            }
            int all = bits.intValue();
            return (all >>> 24) + "." + (all >>> 16 & 0xFF) + "." + (all >>> 8 & 0xFF) + "." + (all & 0xFF) + suffix;
        }

        /** The form of RFC 5952: no leading zeros, the longest run of zeros left out. */
        private String version6() {
            int[] groups = new int[8];
            for (int i = 0; i < 8; i++) {
                groups[i] = bits.shiftRight(16 * (7 - i)).intValue() & 0xFFFF;
            }
            int from = -1;
            int length = 1;
            for (int i = 0; i < 8; i++) {
                int end = i;
                while (end < 8 && groups[end] == 0) {
                    end++;
                }
                if (end - i > length) {
                    from = i;
                    length = end - i;
                }
            }
            StringBuilder out = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                if (i == from) {
                    out.append("::");
                    i += length - 1;
                } else {
                    out.append(out.isEmpty() || out.toString().endsWith(":") ? "" : ":")
                            .append(Integer.toHexString(groups[i]));
                }
            }
            return out.toString();
        }
    }
}
