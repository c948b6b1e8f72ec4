package dev.agentos.pluginruntime;

import dev.agentos.guard.Guard;
import dev.agentos.outbound.Names;
import dev.agentos.outbound.OutboundHttp;
import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PluginContext;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.time.InstantSource;
import java.util.Optional;
import java.util.ResourceBundle;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** What the host lends to one loaded plugin version. */
final class HostPluginContext implements PluginContext {

    private final GrantedPermissions grants;
    private final JsonObject configuration;
    private final PluginFolders folders;
    private final SecretSource secrets;
    private final Metrics metrics;
    private final InstantSource clock;
    private final PluginLogger logger;
    private final HttpAccess http;

    static {
        // Secrets and the log are the host's, whoever asks for them; requests are checked by the plugin's grants.
        Guard.trust(HostPluginContext.class, OutboundHttp.class);
    }

    HostPluginContext(
            GrantedPermissions grants,
            JsonObject configuration,
            PluginFolders folders,
            SecretSource secrets,
            Metrics metrics,
            InstantSource clock,
            PluginLogs.Log log) {
        this.grants = grants;
        this.configuration = configuration;
        this.folders = folders;
        this.secrets = secrets;
        this.metrics = metrics;
        this.clock = clock;
        this.logger = new PluginLogger(grants.plugin(), log);
        this.http = new OutboundHttp(grants, Names.SYSTEM, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    private HostPluginContext(HostPluginContext lent, JsonObject configuration, SecretSource secrets) {
        this.grants = lent.grants;
        this.configuration = configuration;
        this.folders = lent.folders;
        this.secrets = secrets;
        this.metrics = lent.metrics;
        this.clock = lent.clock;
        this.logger = lent.logger;
        this.http = lent.http;
    }

    /**
     * The same with what a tenant set laid over what the administrator did.
     *
     * @param own the tenant's secrets; where there is none of a name, the server's is read, unless the tenant has a
     *     configuration of its own: it could name a server to which the secret would go
     */
    HostPluginContext with(JsonObject overrides, SecretSource own) {
        SecretSource shared = overrides.isEmpty() ? secrets : SecretSource.NONE;
        return new HostPluginContext(
                this,
                configuration.overlaidBy(overrides),
                name -> own.secret(name).or(() -> shared.secret(name)));
    }

    @Override
    public String pluginId() {
        return grants.plugin().plugin();
    }

    @Override
    public String pluginVersion() {
        return grants.plugin().version();
    }

    @Override
    public JsonObject configuration() {
        return configuration;
    }

    @Override
    public Optional<String> secret(String name) {
        grants.require(Permission.of(PermissionKind.SECRET_READ, name));
        return secrets.secret(name);
    }

    @Override
    public Path dataFolder() {
        return folders.data();
    }

    @Override
    public Path temporaryFolder() {
        return folders.temporary();
    }

    @Override
    public HttpAccess http() {
        return http;
    }

    @Override
    public Metrics metrics() {
        return metrics;
    }

    @Override
    public System.Logger logger() {
        return logger;
    }

    /** Tells those who look after the plugin something about it. */
    void tell(System.Logger.Level level, String text) {
        logger.lines.tell(logger.version, level, text);
    }

    /** A clock of its own, so that the host's object is not handed out. */
    @Override
    public InstantSource clock() {
        return () -> clock.instant();
    }

    /** A plugin's log: the server's, under the plugin's id; its last lines are kept for those who look after it. */
    private static final class PluginLogger implements System.Logger {

        private final org.slf4j.Logger log;
        private final String version;
        private final PluginLogs.Log lines;

        PluginLogger(PluginVersion plugin, PluginLogs.Log lines) {
            this.log = LoggerFactory.getLogger("plugin." + plugin.plugin());
            this.version = plugin.version();
            this.lines = lines;
        }

        @Override
        public String getName() {
            return log.getName();
        }

        @Override
        public boolean isLoggable(Level level) {
            // The last lines are kept from INFO on, whatever the server's log shows.
            return level != Level.OFF
                    && (level.getSeverity() >= Level.INFO.getSeverity() || log.isEnabledForLevel(slf4jLevel(level)));
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle texts, @Nullable String message, @Nullable Throwable thrown) {
            if (isLoggable(level)) {
                String text = localised(texts, message);
                String whole = thrown == null ? text : text + ": " + told(thrown);
                LoggingEventBuilder event = log.atLevel(slf4jLevel(level));
                try {
                    (thrown == null ? event : event.setCause(thrown)).log(text);
                } catch (RuntimeException | StackOverflowError | LinkageError e) {
                    log.atLevel(slf4jLevel(level)).log(whole);
                }
                lines.write(version, level, whole);
            }
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle texts, @Nullable String format, @Nullable Object... parameters) {
            if (isLoggable(level)) {
                String pattern = localised(texts, format);
                String text = parameters == null || parameters.length == 0
                        ? pattern
                        : MessageFormat.format(pattern, parameters);
                log.atLevel(slf4jLevel(level)).log(text);
                lines.write(version, level, text);
            }
        }

        /** An exception in a line; what a plugin's exception says of itself is the plugin's code, and may fail. */
        private static String told(Throwable thrown) {
            try {
                return String.valueOf(thrown);
            } catch (RuntimeException | StackOverflowError | LinkageError e) {
                return "an exception that cannot be read";
            }
        }

        private static String localised(@Nullable ResourceBundle texts, @Nullable String message) {
            String text = String.valueOf(message);
            return texts != null && message != null && texts.containsKey(message) ? texts.getString(message) : text;
        }

        private static org.slf4j.event.Level slf4jLevel(Level level) {
            return switch (level) {
                case ALL, TRACE -> org.slf4j.event.Level.TRACE;
                case DEBUG -> org.slf4j.event.Level.DEBUG;
                case INFO -> org.slf4j.event.Level.INFO;
                case WARNING -> org.slf4j.event.Level.WARN;
                case ERROR, OFF -> org.slf4j.event.Level.ERROR;
            };
        }
    }
}
