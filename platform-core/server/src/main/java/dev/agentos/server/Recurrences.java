package dev.agentos.server;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.http.HttpServices;
import dev.agentos.kernel.Operations;
import dev.agentos.limits.Limits;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.policy.KillSwitches;
import dev.agentos.quotas.Allowances;
import dev.agentos.redis.RedisRateLimitStore;
import dev.agentos.retention.Retention;
import dev.agentos.secrets.Rotations;
import dev.agentos.server.Recurring.Part;
import dev.agentos.web.resources.EndRecords;
import dev.agentos.webhooks.Deliverer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;

/** What recurs in a server, and how often; none of it has begun. */
final class Recurrences {

    private static final Duration MOMENT = Duration.ofMillis(500);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** How old a signature becomes before the next one, where records came behind it. */
    private static final Duration SIGNED_EVERY = Duration.ofHours(1);

    private Recurrences() {}

    /** Follows the changes of plugins that other servers make. */
    static Recurring plugins(PluginService plugins) {
        return every(
                Duration.ofSeconds(2),
                "plugin-follower",
                "The plugins could not be brought in line with the store's",
                plugins::follow);
    }

    /** Follows the rules that other servers change, and tells executions what people have decided. */
    static Recurring rules(HttpServices.Control control, PluginRecords records) {
        return every(
                MOMENT,
                "policy-follower",
                "Rules and approvals could not be looked up",
                control.policies()::refresh,
                control.approvals()::sweep,
                records::look);
    }

    /**
     * Stops what was stopped on another server. Its thread is the system's, because whoever is to be stopped may keep
     * the threads that are shared busy.
     */
    static Recurring killSwitches(KillSwitches switches) {
        return new Recurring(
                Thread.ofPlatform().name("kill-switches").daemon(),
                Duration.ofMillis(250),
                "Kill switches could not be looked up",
                switches::refresh);
    }

    /** Tells the other servers which calls this one makes. */
    static Recurring runningCalls(KillSwitches switches) {
        return every(Duration.ofSeconds(2), "running-calls", "Running calls could not be told", switches::sayCalls);
    }

    /**
     * Follows the budgets, quotas and prices that other servers change, settles what calls left open, writes what was
     * used.
     */
    static Recurring limits(Limits limits, Allowances allowances) {
        return every(
                MOMENT,
                "limits-follower",
                "Budgets, prices and usage could not be looked up or written",
                limits::refresh,
                allowances::refresh,
                limits::settle,
                limits::flush);
    }

    /** Keeps when keys and logins were last used, so that no request waits for it. */
    static Recurring credentialUses(PeopleWiring people) {
        return every(
                Duration.ofSeconds(30),
                "credential-uses",
                "When keys and logins were last used could not be kept",
                people::keepUses);
    }

    /** Says which keys this server has for secrets, and finds those that somebody has put into its file. */
    static Recurring secretsKeys(Rotations rotations) {
        return every(
                Duration.ofSeconds(10),
                "secrets-keys",
                "The keys for secrets could not be looked up",
                rotations::present);
    }

    /** Signs each chain of records that has grown; of several servers the first that comes to it does. */
    static Recurring signatures(AuditCheckpoints checkpoints, InstantSource clock) {
        return every(MINUTE, "audit-signer", "The chains of records could not be signed", () -> {
            while (checkpoints.makeDue(clock.instant().minus(SIGNED_EVERY)) > 0
                    && !Thread.currentThread().isInterrupted()) {
                // The next ones.
            }
        });
    }

    /**
     * Stops what was cancelled on other servers; and now and then says which operations this one is at, and ends those
     * of servers that are not heard of any more.
     */
    static Recurring operations(Operations operations) {
        return every(
                MOMENT,
                "operations",
                "What other servers are at, or have cancelled, could not be looked up",
                operations::followCancels,
                eachThirtieth(operations::follow));
    }

    /**
     * Records the ends of operations that nobody has recorded, what the stop of a server has cut short above all; and
     * what a server has changed that ended before it recorded it.
     */
    static Recurring ends(EndRecords records, Audit audit) {
        Recurring ends = every(
                Duration.ofSeconds(10),
                "operation-ends",
                "What ended servers have left could not be recorded",
                records::sweep,
                () -> audit.sweep(MINUTE));
        ends.wake();
        return ends;
    }

    /**
     * Goes on with erasures that nobody works on, and now and then, on the same thread, removes what has expired and
     * what this server has on its disk of tenants that are gone. It does not wait before it begins.
     */
    static Recurring erasures(Retention retention) {
        Recurring erasures = every(
                Duration.ofSeconds(2),
                "retention",
                "What is to be erased or has expired could not be looked up",
                retention.erasures()::follow,
                eachThirtieth(retention.exports()::expire),
                eachThirtieth(retention.erasures()::removeFiles));
        erasures.wake();
        return erasures;
    }

    /** Removes what was kept for as long as it should. */
    static Recurring cleaning(Retention retention, Allowances allowances) {
        return every(
                MINUTE,
                "retention-cleaner",
                "What was kept long enough could not be removed",
                retention.rules()::clean,
                allowances::sweep);
    }

    /** Tells others what has ended, and what has ended on servers that are not there any more. */
    static Recurring webhooks(Deliverer deliverer) {
        return every(Duration.ofSeconds(1), "webhooks", "Whom to tell of ends could not be looked up", deliverer::look);
    }

    /** Looks whether Redis is there, at once and again and again. */
    static Recurring redis(RedisRateLimitStore redis) {
        Recurring watch = every(Duration.ofSeconds(1), "redis-watch", "Redis could not be looked at", redis::check);
        watch.wake();
        return watch;
    }

    /** The first time, and then each thirtieth. */
    private static Part eachThirtieth(Part part) {
        AtomicInteger times = new AtomicInteger();
        return () -> {
            if (times.getAndIncrement() % 30 == 0) {
                part.run();
            }
        };
    }

    private static Recurring every(Duration pause, String name, String trouble, Part... parts) {
        return new Recurring(Thread.ofVirtual().name(name), pause, trouble, parts);
    }
}
