package dev.agentos.identity;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;

/** From where somebody comes, as far as that tells one from another. */
public final class RemoteAddresses {

    private static final int GROUPS = 4;

    private RemoteAddresses() {}

    /**
     * An address, or the network of one of IPv6, of which anybody has more than can be counted.
     *
     * @param address however it is written; what is none stays as it is
     */
    public static String network(String address) {
        String plain = address.replaceAll("[\\[\\]]|%.*", "");
        try {
            // A literal is read and nobody is asked for a name.
            InetAddress read = InetAddress.ofLiteral(plain);
            return read instanceof Inet6Address six ? network(six) : read.getHostAddress();
        } catch (IllegalArgumentException e) {
            return plain;
        }
    }

    private static String network(Inet6Address address) {
        byte[] bytes = address.getAddress();
        StringBuilder network = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            int group = HexFormat.fromHexDigits(HexFormat.of().formatHex(bytes, 2 * i, 2 * i + 2));
            network.append(Integer.toHexString(group)).append(':');
        }
        return network.append(":/64").toString();
    }
}
