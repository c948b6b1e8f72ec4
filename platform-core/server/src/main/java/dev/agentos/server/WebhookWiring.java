package dev.agentos.server;

import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Sealing;
import dev.agentos.kernel.Setting;
import dev.agentos.kernel.Settings;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.outbound.Names;
import dev.agentos.persistence.Database;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionSyntaxException;
import dev.agentos.webhooks.Receivers;
import dev.agentos.webhooks.Webhooks;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSocketFactory;

/** Joins what tells others the ends of executions. */
final class WebhookWiring {

    private static final String RECEIVERS = "webhook-receivers";

    /** Everything that can be set of it. */
    static final List<Setting> KNOWN = List.of(Setting.of(
            RECEIVERS,
            "Which receivers of webhooks are told besides public ones over https: hosts, addresses or blocks with their"
                    + " ports, as in hooks.internal:8080,10.1.0.0/16:*, with commas between them.",
            ""));

    private WebhookWiring() {}

    /** The receivers that the settings name. */
    static List<Permission> receivers(Settings settings) {
        return settings.text(RECEIVERS).stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(one -> !one.isEmpty())
                .map(WebhookWiring::receiver)
                .toList();
    }

    private static Permission receiver(String target) {
        try {
            return Permission.of(PermissionKind.NET_CONNECT, target);
        } catch (PermissionSyntaxException e) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The setting '" + RECEIVERS + "' has something else than a host and ports in it: '" + target + "'.",
                    "Write each as in hooks.internal:8080, 10.1.0.0/16:* or [fd00::/8]:443.",
                    e);
        }
    }

    static Webhooks of(
            List<Permission> receivers,
            Database database,
            Sealing vault,
            ServerMetrics metrics,
            Failpoints failpoints) {
        return new Webhooks(
                database.webhookStore(),
                vault,
                new Receivers(receivers, Names.SYSTEM, () -> (SSLSocketFactory) SSLSocketFactory.getDefault()),
                state -> metrics.count(
                        "agentos.webhooks.attempts", 1, "outcome", state.name().toLowerCase(Locale.ROOT)),
                Ids.system(),
                InstantSource.system(),
                failpoints);
    }

    /** Begins to send what is due. */
    static AutoCloseable start(Webhooks webhooks, Database database) {
        Recurring sending = Recurrences.webhooks(webhooks.deliverer());
        webhooks.deliverer().onDue(sending::wake);
        database.executionStore().listen(stored -> {
            if (stored.move() instanceof Move.Finish) {
                webhooks.deliverer().ended(stored.lease().execution().value());
            }
        });
        sending.wake();
        sending.start();
        return () -> {
            sending.close();
            webhooks.deliverer().close();
        };
    }
}
