package dev.agentos.guard;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import org.jspecify.annotations.Nullable;

/** Says what a plugin lacks for an act on a network. */
final class NetworkJudgement {

    private NetworkJudgement() {}

    /** What is lacking; nothing when the act is allowed. */
    static @Nullable String of(Rule rule, Domain plugin, @Nullable Object a, @Nullable Object b) {
        switch (rule) {
            case NET_CONNECT:
                return a instanceof InetAddress address ? connected(plugin, address, number(b)) : null;
            case NET_SEND:
                return a instanceof InetSocketAddress remote && remote.getAddress() != null
                        ? connected(plugin, remote.getAddress(), remote.getPort())
                        : null;
            case NET_REACH:
                return a instanceof InetAddress address ? connected(plugin, address, 7) : null;
            case NET_CONNECT_UNIX, NET_LISTEN_UNIX:
                String written = Targets.written(a);
                return written == null
                        ? null
                        : Judgement.needs(plugin, rule.act, "unix:" + Targets.real(written, true));
            case NET_LISTEN:
                return listened(plugin, a, number(b));
            case NET_JOIN:
                return a instanceof InetAddress group ? listened(plugin, group, 0) : null;
            case NET_RESOLVE:
                return Judgement.needs(plugin, rule.act, String.valueOf((String) a));
            case NET_REVERSE:
                return a instanceof InetAddress address
                        ? Judgement.needs(plugin, rule.act, Targets.literal(address))
                        : null;
            case NET_URL:
                return a instanceof URL url ? addressed(plugin, url) : null;
            default:
                return rule.act;
        }
    }

    private static int number(@Nullable Object boxed) {
        return boxed instanceof Integer number ? number.intValue() : 0;
    }

    /** What counts is the address that is connected; its name helps when it led there and not into a network. */
    private static @Nullable String connected(Domain plugin, InetAddress address, int port) {
        String literal = Targets.literal(address) + ':' + port;
        if (plugin.allows("net.connect", literal)) {
            return null;
        }
        String host = Targets.host(address);
        if (host == null) {
            return "net.connect " + literal;
        }
        boolean named = host.equals("localhost")
                ? address.isLoopbackAddress()
                : plugin.allows("net.public", Targets.literal(address));
        String endpoint = host + ':' + port;
        if (!named) {
            return "net.connect " + literal;
        }
        return Judgement.needs(plugin, "net.connect", endpoint);
    }

    private static @Nullable String listened(Domain plugin, @Nullable Object address, int port) {
        if (plugin.allows("net.listen", String.valueOf(port))) {
            return null;
        }
        String endpoint = (address instanceof InetAddress local ? Targets.literal(local) : "*") + ':' + port;
        return Judgement.needs(plugin, "net.listen", endpoint);
    }

    static @Nullable String addressed(Domain plugin, URL url) {
        String host = url.getHost();
        String endpoint =
                (host.indexOf(':') >= 0 && !host.startsWith("[") ? '[' + host + ']' : host) + ':' + Targets.port(url);
        if (plugin.allows("net.connect", endpoint)) {
            return null;
        }
        return "net.connect " + endpoint;
    }
}
