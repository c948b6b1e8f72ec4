package dev.agentos.server;

import dev.agentos.http.HttpConfig;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Setting;
import dev.agentos.kernel.Settings;
import dev.agentos.spi.AgentOsException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which other origins there are to a browser, read and checked: what is written here goes into headers. */
final class OriginSettings {

    private static final String CALLERS = "allowed-origins";
    private static final String SERVERS = "site-servers";

    /** Everything that can be set of it. */
    static final List<Setting> KNOWN = List.of(
            Setting.of(
                    CALLERS,
                    "Origins whose pages may use this server's API with a key, as in https://console.example.org, with"
                            + " commas between them; without it no other's.",
                    ""),
            Setting.of(
                    SERVERS,
                    "Origins of other servers whose API the pages of this server's sites may use, as in"
                            + " https://agents.example.org, with commas between them; without it none.",
                    ""));

    private static final int MOST = 50;

    /** No path, no user and no wildcard: each origin is one that somebody has thought of. */
    private static final Pattern ORIGIN =
            Pattern.compile("(https?)://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\\[[0-9a-f:.]{2,45}])(?::(\\d{1,5}))?");

    private OriginSettings() {}

    static HttpConfig.Origins of(Settings settings) {
        return new HttpConfig.Origins(read(settings, CALLERS), read(settings, SERVERS));
    }

    private static Set<String> read(Settings settings, String name) {
        Set<String> origins = new TreeSet<>();
        settings.text(name)
                .ifPresent(text -> Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(one -> !one.isEmpty())
                        .forEach(one -> origins.add(origin(name, one))));
        if (origins.size() > MOST) {
            throw invalid(name, "has more than " + MOST + " origins");
        }
        return origins;
    }

    /** As browsers write it: without the port that is the scheme's own. */
    private static String origin(String name, String text) {
        var parts = ORIGIN.matcher(text.toLowerCase(Locale.ROOT).replaceFirst("/$", ""));
        if (!parts.matches()) {
            throw invalid(name, "has something else than an origin in it: '" + text + "'");
        }
        String authority = parts.group(1) + "://" + parts.group(2);
        if (parts.group(3) == null) {
            return authority;
        }
        int port = Integer.parseInt(parts.group(3));
        if (port < 1 || port > 65_535) {
            throw invalid(name, "has a port in it that there is not: '" + text + "'");
        }
        return port == (parts.group(1).equals("https") ? 443 : 80) ? authority : authority + ":" + port;
    }

    private static AgentOsException invalid(String name, String fault) {
        return new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The setting '" + name + "' " + fault + ".",
                "Write scheme, host and port of each, as in https://console.example.org,http://127.0.0.1:7777; there"
                        + " is no wildcard.");
    }
}
