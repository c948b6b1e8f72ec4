package dev.agentos.outbound;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses may be connected. One on the public internet may when its host's name is granted. Any other needs a
 * grant that names it by address or by a block within its own range, so that a grant for everything, or for a name,
 * does not open a network's inside.
 */
public final class Addresses {

    /** Addresses that are not public, by the registries of special addresses, and those of clouds' metadata. */
    private static final List<Block> SPECIAL = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "100.100.100.200/32",
                    "127.0.0.0/8",
                    "168.63.129.16/32",
                    "169.254.0.0/16",
                    "169.254.169.254/32",
                    "169.254.170.2/32",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    // All of IPv6 but 2000::/3, and in there what tunnels or documents.
                    "::/3",
                    "4000::/2",
                    "8000::/1",
                    "::/96",
                    "::1/128",
                    "64:ff9b::/96",
                    "64:ff9b:1::/48",
                    "100::/64",
                    "2001::/23",
                    "2001:db8::/32",
                    "2002::/16",
                    "3fff::/20",
                    "fc00::/7",
                    "fd00:ec2::254/128",
                    "fe80::/10",
                    "ff00::/8")
            .map(Block::parse)
            .toList();

    private final List<Permission> grants;

    /** For connections that these grants allow. */
    public Addresses(List<Permission> grants) {
        this.grants = grants.stream()
                .filter(grant -> grant.kind() == PermissionKind.NET_CONNECT)
                .filter(grant -> !grant.target().orElse("").startsWith("unix:"))
                .toList();
    }

    /**
     * Whether the address may be connected.
     *
     * @param host the granted name that led to it
     */
    public boolean allow(String host, InetAddress address, int port) {
        List<Block> within = within(address);
        if (within.isEmpty() || (address.isLoopbackAddress() && namesThisMachine(host, port))) {
            return true;
        }
        int bits = within.stream().mapToInt(Block::prefix).max().orElse(0);
        Permission act = Permission.of(PermissionKind.NET_CONNECT, literal(address) + ":" + port);
        return grants.stream().anyMatch(grant -> grant.covers(act) && prefix(grant) >= bits);
    }

    /** Whether the address is one of the public internet, so that a name may lead to it. */
    public static boolean isPublic(InetAddress address) {
        return within(address).isEmpty();
    }

    private static List<Block> within(InetAddress address) {
        return SPECIAL.stream().filter(block -> block.contains(address)).toList();
    }

    /** Whether a grant names {@code localhost} itself; one for everything does not. */
    public boolean namesThisMachine(String host, int port) {
        Permission act = Permission.of(PermissionKind.NET_CONNECT, "localhost:" + port);
        return host.equalsIgnoreCase("localhost")
                && grants.stream()
                        .filter(grant -> grant.target().orElse("").startsWith("localhost:"))
                        .anyMatch(grant -> grant.covers(act));
    }

    /** The address as a permission writes it. */
    static String literal(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        String plain = zone < 0 ? text : text.substring(0, zone);
        return address instanceof Inet6Address ? "[" + plain + "]" : plain;
    }

    /** How many bits the host of a grant that covers an address fixes. */
    private static int prefix(Permission grant) {
        String target = grant.target().orElseThrow();
        String host = target.substring(0, target.lastIndexOf(':'));
        if (host.equals("*")) {
            return -1;
        }
        int slash = host.indexOf('/');
        return slash < 0
                ? Integer.MAX_VALUE
                : Integer.parseInt(host.substring(slash + 1).replace("]", ""));
    }

    /**
     * All addresses that begin with the same bits.
     *
     * @param first the first of them
     * @param prefix how many bits are fixed
     */
    private record Block(InetAddress first, int prefix) {

        static Block parse(String text) {
            String[] halves = text.split("/", 2);
            return new Block(InetAddress.ofLiteral(halves[0]), Integer.parseInt(halves[1]));
        }

        boolean contains(InetAddress address) {
            byte[] own = first.getAddress();
            byte[] other = address.getAddress();
            if (own.length != other.length) {
                return false;
            }
            for (int bit = 0; bit < prefix; bit++) {
                int mask = 0x80 >> bit % 8;
                if ((own[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
