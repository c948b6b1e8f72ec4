package dev.agentos.server;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Setting;
import dev.agentos.kernel.Settings;
import dev.agentos.redis.RedisConfig;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be set about a Redis, read and checked. */
final class RedisSettings {

    /** Everything that can be set of it. */
    static final List<Setting> KNOWN = List.of(
            Setting.of(
                    "rate-limit-redis",
                    "Address of a Redis that counts for rate limits, as in redis://redis.example.com:6379/0, or rediss:"
                            + " for TLS; without it the database counts. All servers of a cluster need the same.",
                    ""),
            new Setting("rate-limit-redis-password", "The password of that Redis, if it asks for one.", "", true));

    private static final int USUAL_PORT = 6379;
    private static final Pattern DATABASE = Pattern.compile("/?|/(\\d{1,4})");

    private RedisSettings() {}

    static Optional<RedisConfig> of(Settings settings) {
        Optional<String> password = settings.text("rate-limit-redis-password");
        return settings.text("rate-limit-redis").map(url -> config(url, password));
    }

    private static RedisConfig config(String url, Optional<String> password) {
        URI address;
        try {
            address = new URI(url);
        } catch (URISyntaxException e) {
            throw invalid("is no address");
        }
        boolean tls = "rediss".equals(address.getScheme());
        if (!tls && !"redis".equals(address.getScheme())) {
            throw invalid("does not begin with redis:// or rediss://");
        }
        Optional<String> user = Optional.ofNullable(address.getUserInfo());
        if (user.filter(info -> info.contains(":")).isPresent()) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The setting 'rate-limit-redis' has a password in it, which would be shown to whoever reads the"
                            + " settings.",
                    "Write redis://user@host:port, and the password into AGENTOS_RATE_LIMIT_REDIS_PASSWORD, or into a"
                            + " file that AGENTOS_RATE_LIMIT_REDIS_PASSWORD_FILE names.");
        }
        Matcher database = DATABASE.matcher(address.getRawPath() == null ? "" : address.getRawPath());
        if (address.getHost() == null
                || address.getPort() == 0
                || address.getPort() > 65535
                || address.getRawQuery() != null
                || address.getRawFragment() != null
                || !database.matches()) {
            throw invalid("is more or less than a host, a port and the number of a database");
        }
        return new RedisConfig(
                address.getHost(),
                address.getPort() < 0 ? USUAL_PORT : address.getPort(),
                tls,
                user.filter(name -> !name.isEmpty()),
                password,
                database.group(1) == null ? 0 : Integer.parseInt(database.group(1)));
    }

    /** Without what was set: a password may stand in it at the wrong place. */
    private static AgentOsException invalid(String fault) {
        return new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The setting 'rate-limit-redis' " + fault + ".",
                "Write it as in redis://redis.example.com:6379/0.");
    }
}
