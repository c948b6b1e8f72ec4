package dev.agentos.server;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.room.Room;
import dev.agentos.http.HttpConfig;
import dev.agentos.identity.OidcConfig;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Setting;
import dev.agentos.kernel.Settings;
import dev.agentos.pluginruntime.Isolation;
import dev.agentos.redis.RedisConfig;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What can be set about a server, read and checked.
 *
 * @param httpHost the address to listen on
 * @param httpPort the port to listen on; 0 for any free one
 * @param dataDirectory where everything that is kept lives
 * @param database an existing PostgreSQL; empty for the server's own
 * @param registry an existing marketplace registry; empty for the one inside the server
 * @param registrySeed releases that the registry inside the server starts with
 * @param maxExecutions how many executions run here at once
 * @param room what memory they share
 * @param lease how long an execution stays this server's without a sign of life
 * @param reducerLimit how long a plugin's reducer may take for one write
 * @param pluginDrain how long a version of a plugin that was replaced may be used by who began with it
 * @param workerMemory the bound of the heap of a plugin's own process, in MiB
 * @param isolation which plugins get such a process when nobody says where they run
 * @param secretsKey the keys that encrypt secrets in the database; empty for one in the data directory
 * @param allowUnsigned whether plugins that nobody signed may be installed
 * @param unsafePlugins whether plugins are loaded although nothing holds them to their permissions
 * @param maskPersonalData whether the log is written without personal data
 * @param logJson whether the log is written as JSON
 * @param oidc the identity provider that people and programs may come from
 * @param redis a Redis that hands out windows of rate limits; empty for the database
 * @param origins which other origins there are to a browser
 * @param streamsPerTenant how many event streams a tenant may have open here at once
 * @param receivers who is told of ends besides public addresses
 */
record ServerSettings(
        String httpHost,
        int httpPort,
        Path dataDirectory,
        Optional<ExternalDatabase> database,
        Optional<Registry> registry,
        Optional<Path> registrySeed,
        int maxExecutions,
        Room room,
        Duration lease,
        Duration reducerLimit,
        Duration pluginDrain,
        int workerMemory,
        Isolation isolation,
        Optional<String> secretsKey,
        boolean allowUnsigned,
        boolean unsafePlugins,
        boolean maskPersonalData,
        boolean logJson,
        Optional<OidcConfig> oidc,
        Optional<RedisConfig> redis,
        HttpConfig.Origins origins,
        int streamsPerTenant,
        List<Permission> receivers) {

    /** How this server executes, under that id. */
    EngineConfig engine(String owner) {
        EngineConfig usual = EngineConfig.of(owner);
        return new EngineConfig(
                owner, maxExecutions, lease, usual.poll(), usual.grace(), usual.patience(), usual.mostCrashes());
    }

    /** Everything that can be set. */
    static final List<Setting> KNOWN = List.of(
            Setting.of("http-host", "The address to listen on; 127.0.0.1 for this machine only.", "127.0.0.1"),
            Setting.of("http-port", "The port to listen on, 0 to 65535; 0 takes any free one.", "7777"),
            Setting.of(
                    "data-dir",
                    "The directory for everything that is kept.",
                    Path.of(System.getProperty("user.home"), ".agentos").toString()),
            Setting.of(
                    "database-url",
                    "JDBC URL of an existing PostgreSQL 15 or later; without it the server runs its own.",
                    ""),
            Setting.of("database-user", "The user of that database; it must own it.", "agentos"),
            new Setting("database-password", "The password of that user.", "", true),
            Setting.of(
                    "database-wait-seconds",
                    "For how many seconds that database is waited for at the start when it cannot be reached, 0 to"
                            + " 86400.",
                    "300"),
            Setting.of(
                    "registry-url",
                    "Address of a marketplace registry, or file: and the directory of a mirror; without it the registry"
                            + " inside the server is used.",
                    ""),
            Setting.of(
                    "registry-key",
                    "Fingerprint of the key that the registry at registry-url signs its index with; without it the"
                            + " first that is seen is trusted, and no other after it.",
                    ""),
            Setting.of(
                    "registry-seed",
                    "A registry directory whose releases the registry inside the server offers from the start; by"
                            + " default the one that the installation brings.",
                    ""),
            Setting.of("max-executions", "How many executions run on this server at once, 1 to 10000.", "256"),
            Setting.of(
                    "execution-memory-mb",
                    "How many MiB of the heap the executions on this server may hold together before large ones wait"
                            + " for each other, 1 to 1048576; 0 for a quarter of the heap.",
                    "0"),
            Setting.of(
                    "lease-seconds",
                    "After how many seconds without a sign of life from this server others take over its executions,"
                            + " 1 to 600.",
                    "10"),
            Setting.of(
                    "reducer-limit-ms",
                    "For how many milliseconds a plugin's reducer may think about one write to a channel, 10 to 60000.",
                    "2000"),
            Setting.of(
                    "streams-per-tenant",
                    "How many event streams a tenant may have open at this server at once, 1 to 100000.",
                    "1000"),
            Setting.of(
                    "plugin-drain-seconds",
                    "For how many seconds a version of a plugin that was replaced stays for the executions and calls"
                            + " that began with it, 1 to 3600.",
                    "30"),
            Setting.of(
                    "plugin-worker-memory-mb",
                    "How many MiB of heap a plugin has that runs in a process of its own, 32 to 65536.",
                    "256"),
            Setting.of(
                    "isolate-plugins",
                    "Which plugins run in processes of their own when they are installed and nobody says where: none,"
                            + " untrusted (nobody signed them, or somebody who has no plugin in the server's process)"
                            + " or all.",
                    "none"),
            new Setting(
                    "secrets-key",
                    "The key-encryption key for tenants' secrets in the database, 32 bytes in Base64; several with"
                            + " commas between them, of which the first takes over with the next rotation. Without it a"
                            + " key is made in the data directory. All servers of a cluster need the same.",
                    "",
                    true),
            Setting.of(
                    "allow-unsigned", "Whether plugins that nobody signed may be installed, true or false.", "false"),
            Setting.of(
                    "unsafe-plugins",
                    "Whether to load plugins when the server was started without its guard, so that nothing holds them"
                            + " to their permissions: true or false.",
                    "false"),
            Setting.of(
                    "log-format",
                    "How a line of the log is written: text, or json with tenant, principal, execution, node and"
                            + " trace.",
                    "text"),
            Setting.of(
                    "log-mask-personal",
                    "Whether the log is written without e-mail addresses, telephone numbers and what else is personal,"
                            + " true or false; keys and passwords never come into it.",
                    "false"));

    /** Variables of the launcher and of secrets, which are not settings. */
    static final List<String> RESERVED_VARIABLES = List.of(
            "AGENTOS_SECRET_", "AGENTOS_SIGNING_PASSWORD", "AGENTOS_HOME", "AGENTOS_JAVA_HOME", "AGENTOS_JAVA_OPTS");

    /** An existing PostgreSQL. */
    record ExternalDatabase(String url, String user, String password, Duration longestWait) {}

    /** A registry that somebody else runs, and the fingerprint of its key as far as it was named. */
    record Registry(URI address, Optional<String> key) {}

    private static URI address(String url) {
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The setting 'registry-url' is no address: '" + url + "'.",
                    "Write it as in https://registry.example.org or file:///srv/mirror.",
                    e);
        }
    }

    static ServerSettings of(Settings settings) {
        return new ServerSettings(
                settings.required("http-host"),
                settings.number("http-port", 0, 65535),
                Path.of(settings.required("data-dir")).toAbsolutePath().normalize(),
                settings.text("database-url")
                        .map(url -> new ExternalDatabase(
                                postgres(url),
                                settings.required("database-user"),
                                settings.text("database-password").orElse(""),
                                Duration.ofSeconds(settings.number("database-wait-seconds", 0, 86_400)))),
                settings.text("registry-url").map(url -> new Registry(address(url), settings.text("registry-key"))),
                settings.text("registry-seed").map(Path::of),
                settings.number("max-executions", 1, 10_000),
                room(settings.number("execution-memory-mb", 0, 1_048_576)),
                Duration.ofSeconds(settings.number("lease-seconds", 1, 600)),
                Duration.ofMillis(settings.number("reducer-limit-ms", 10, 60_000)),
                Duration.ofSeconds(settings.number("plugin-drain-seconds", 1, 3_600)),
                settings.number("plugin-worker-memory-mb", 32, 65_536),
                isolation(settings),
                settings.text("secrets-key"),
                flag(settings, "allow-unsigned"),
                flag(settings, "unsafe-plugins"),
                flag(settings, "log-mask-personal"),
                logJson(settings),
                OidcSettings.of(settings),
                RedisSettings.of(settings),
                OriginSettings.of(settings),
                settings.number("streams-per-tenant", 1, 100_000),
                WebhookWiring.receivers(settings));
    }

    private static Room room(long megabytes) {
        return new Room(megabytes == 0 ? Runtime.getRuntime().maxMemory() / 4 : megabytes << 20);
    }

    private static boolean logJson(Settings settings) {
        String said = settings.required("log-format");
        return switch (said) {
            case "text" -> false;
            case "json" -> true;
            default ->
                throw new AgentOsException(
                        KernelErrorCode.INVALID_SETTING,
                        "The setting 'log-format' is neither text nor json: '" + said + "'.",
                        "Write one of them.");
        };
    }

    private static Isolation isolation(Settings settings) {
        String said = settings.required("isolate-plugins");
        return switch (said) {
            case "none" -> Isolation.NONE;
            case "untrusted" -> Isolation.UNTRUSTED;
            case "all" -> Isolation.ALL;
            default ->
                throw new AgentOsException(
                        KernelErrorCode.INVALID_SETTING,
                        "The setting 'isolate-plugins' is neither none nor untrusted nor all: '" + said + "'.",
                        "Write one of them.");
        };
    }

    private static boolean flag(Settings settings, String name) {
        return switch (settings.required(name)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new AgentOsException(
                        KernelErrorCode.INVALID_SETTING,
                        "The setting '" + name + "' is neither true nor false: '" + settings.required(name) + "'.",
                        "Write true or false.");
        };
    }

    private static String postgres(String url) {
        if (url.startsWith("jdbc:postgresql:")) {
            return url;
        }
        throw new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The setting 'database-url' is not the JDBC URL of a PostgreSQL: '" + url + "'.",
                "Write it as in jdbc:postgresql://db.example.com:5432/agentos.");
    }

    /** Reads command line, environment and {@code etc/agentos.yaml} below the installation. */
    static Settings load(List<String> commandLine, Map<String, String> environment) {
        Optional<Path> file =
                Optional.ofNullable(environment.get("AGENTOS_HOME")).map(home -> Path.of(home, "etc", "agentos.yaml"));
        SecretsWiring.check(environment);
        return Settings.load(known(environment), commandLine, environment, RESERVED_VARIABLES, file);
    }

    private static List<Setting> known(Map<String, String> environment) {
        Optional<Path> shipped = Optional.ofNullable(environment.get("AGENTOS_HOME"))
                .map(home -> Path.of(home, "registry"))
                .filter(Files::isDirectory);
        return Stream.of(KNOWN, OidcSettings.KNOWN, RedisSettings.KNOWN, OriginSettings.KNOWN, WebhookWiring.KNOWN)
                .flatMap(List::stream)
                .map(setting -> setting.name().equals("registry-seed")
                        ? Setting.of(
                                setting.name(),
                                setting.description(),
                                shipped.map(Path::toString).orElse(""))
                        : setting)
                .toList();
    }
}
