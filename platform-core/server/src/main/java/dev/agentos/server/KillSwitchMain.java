package dev.agentos.server;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.PageRequest;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.DatabaseConfig;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Engages, lifts and lists kill switches in the database itself, whatever the server does: for the command line. When
 * the database is the server's own and no server runs, it is started for the moment; whoever may read its data
 * directory may do so, and to whoever has the password of another one the same is open anyway.
 */
public final class KillSwitchMain {

    private static final KillSwitches.Actor COMMAND_LINE = new KillSwitches.Actor("command-line", true);
    private static final int WORDS = 4;

    private KillSwitchMain() {}

    /** Takes {@code engage|lift|list TARGET REASON TENANT}, then settings of the server; prints an object a line. */
    public static void main(String[] arguments) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        try {
            List<String> words = List.of(arguments);
            ServerSettings settings =
                    ServerSettings.of(ServerSettings.load(words.subList(WORDS, words.size()), System.getenv()));
            run(words.get(0), words.get(1), words.get(2), words.get(3), settings)
                    .forEach(one -> System.out.println(Json.write(one.toJson())));
            System.out.flush();
        } catch (AgentOsException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + e.action());
            Runtime.getRuntime().halt(ServerMain.exitCode(e));
        }
    }

    private static List<KillSwitch> run(
            String action, String named, String reason, String tenant, ServerSettings settings) {
        try (Opened opened = open(settings)) {
            Database database = opened.database();
            Ids ids = Ids.system();
            InstantSource clock = InstantSource.system();
            Tenants tenants = new Tenants(database.tenantStore(), ids, clock);
            KillSwitches switches = new KillSwitches(database.killSwitchStore(), ids, clock);
            Optional<TenantId> owner = tenant.isEmpty() ? Optional.empty() : Optional.of(tenant(tenants, tenant));
            if (action.equals("list")) {
                return switches.list(
                                owner,
                                named.equals("all") ? Optional.empty() : Optional.of(KillSwitch.State.ENGAGED),
                                new PageRequest(PageRequest.MAX_LIMIT, Optional.empty()))
                        .items();
            }
            KillSwitchTarget target = target(tenants, named, owner);
            switches.refresh();
            return List.of(
                    action.equals("engage")
                            ? switches.engage(target, COMMAND_LINE, reason)
                            : switches.lift(target, COMMAND_LINE, reason));
        }
    }

    private static KillSwitchTarget target(Tenants tenants, String named, Optional<TenantId> owner) {
        int slash = named.indexOf('/');
        KillSwitchTarget.Kind kind = KillSwitchTarget.Kind.of(named.substring(0, slash));
        String id = named.substring(slash + 1);
        return kind == KillSwitchTarget.Kind.TENANT
                ? KillSwitchTarget.of(tenant(tenants, id))
                : new KillSwitchTarget(kind, id, owner);
    }

    private static TenantId tenant(Tenants tenants, String named) {
        return tenants.find(named)
                .orElseThrow(() -> new AgentOsException(
                        TenancyErrorCode.UNKNOWN_TENANT,
                        "There is no tenant '" + named + "'.",
                        "Name one by its id or its name."))
                .id();
    }

    /** A database, and the directory that is locked for it when no server has it. */
    private record Opened(Database database, Optional<DataDirectory> directory) implements AutoCloseable {
        @Override
        public void close() {
            database.close();
            directory.ifPresent(DataDirectory::close);
        }
    }

    private static Opened open(ServerSettings settings) {
        Ids ids = Ids.system();
        if (settings.database().isPresent()) {
            ServerSettings.ExternalDatabase external = settings.database().get();
            return new Opened(
                    Database.open(
                            new DatabaseConfig.External(
                                    external.url(), external.user(), external.password(), Duration.ZERO),
                            ids),
                    Optional.empty());
        }
        if (!EmbeddedPostgres.existsIn(settings.dataDirectory())) {
            throw new AgentOsException(
                    KernelErrorCode.DATA_DIRECTORY_UNUSABLE,
                    "There is no database of a server in " + settings.dataDirectory() + ".",
                    "Name the server's data directory with --data-dir, or its database with --set"
                            + " database-url=jdbc:postgresql://….");
        }
        DataDirectory directory;
        try {
            directory = DataDirectory.open(settings.dataDirectory(), ids);
        } catch (AgentOsException e) {
            if (e.errorCode() != KernelErrorCode.DATA_DIRECTORY_IN_USE) {
                throw e;
            }
            EmbeddedPostgres.Running running =
                    EmbeddedPostgres.running(settings.dataDirectory()).orElseThrow(() -> e);
            return new Opened(
                    Database.open(new DatabaseConfig.External(running.url(), running.user(), running.password()), ids),
                    Optional.empty());
        }
        try {
            return new Opened(Database.open(new DatabaseConfig.Embedded(directory), ids), Optional.of(directory));
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }
}
