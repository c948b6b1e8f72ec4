package dev.agentos.redis;

import dev.agentos.limits.RateLimitStore.Lease;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Windows in Redis, each a hash that expires with it. A script hands out of one: Redis runs it alone and by its own
 * clock. All keys of a tenant are in one slot of a cluster.
 */
final class RedisWindows implements AutoCloseable {

    private static final int CONNECTIONS = 16;

    /** Who asks for a share waits for it; the database is asked rather than that it takes longer. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    /** Longer than a window can be. */
    private static final long ROUNDS_KEPT_MILLIS = Duration.ofDays(2).toMillis();

    /** A round is over when its limit is removed; it is remembered for longer than any window of it lasts. */
    private static final String LEASE = """
        local most, millis, wanted, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local round = redis.call('GET', KEYS[2])
        if round then redis.call('PEXPIRE', KEYS[2], kept) else round = '0' end
        local before = redis.call('HMGET', KEYS[1], 'ends', 'millis', 'granted', 'round')
        local ends, granted = tonumber(before[1]), tonumber(before[3])
        if not ends or now >= ends or ends - now > millis or tonumber(before[2]) ~= millis or before[4] ~= round then
          ends, granted = now + millis, 0
        end
        local given = math.max(0, math.min(wanted, most - granted))
        granted = granted + given
        redis.call('HSET', KEYS[1], 'ends', string.format('%.0f', ends), 'millis', millis, 'granted', granted,
          'round', round)
        redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', ends))
        return {given, math.max(0, most - granted), ends - now}
        """;

    private static final String END = """
        redis.call('INCR', KEYS[1])
        return redis.call('PEXPIRE', KEYS[1], ARGV[1])
        """;

    /** As Redis names it; it has no other use. */
    private static final String LEASE_DIGEST = digest(LEASE);

    private static final TenantId NOBODY = new TenantId("tnt_none");

    private final RedisClient client;

    RedisWindows(RedisConfig config) {
        DefaultJedisClientConfig.Builder connection = DefaultJedisClientConfig.builder()
                .resp2()
                .connectionTimeoutMillis((int) PATIENCE.toMillis())
                .socketTimeoutMillis((int) PATIENCE.toMillis())
                .ssl(config.tls())
                .clientName("agentos")
                .database(config.database());
        config.user().ifPresent(connection::user);
        config.password().ifPresent(connection::password);
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS);
        pool.setMaxIdle(CONNECTIONS);
        pool.setMaxWait(PATIENCE);
        pool.setJmxEnabled(false);
        client = RedisClient.builder()
                .hostAndPort(config.host(), config.port())
                .clientConfig(connection.build())
                .poolConfig(pool)
                .build();
    }

    /**
     * Hands out of a window.
     *
     * @param kind which of the tenant's limits; a word without a colon
     */
    Lease lease(TenantId tenant, String kind, String subject, int most, long window, int wanted) {
        Object answer = lease(
                List.of(prefix(tenant, kind) + ":of:" + subject, rounds(tenant, kind)),
                List.of(
                        Integer.toString(most),
                        Long.toString(window),
                        Integer.toString(wanted),
                        Long.toString(ROUNDS_KEPT_MILLIS)));
        if (answer instanceof List<?> parts
                && parts.size() == 3
                && parts.get(0) instanceof Long granted
                && parts.get(1) instanceof Long left
                && parts.get(2) instanceof Long millis) {
            return new Lease(Math.toIntExact(granted), Math.toIntExact(left), millis);
        }
        throw new JedisDataException("Redis answers otherwise than its script does.");
    }

    /** Ends all windows of one kind of a tenant's limits. */
    void end(TenantId tenant, String kind) {
        client.eval(END, List.of(rounds(tenant, kind)), List.of(Long.toString(ROUNDS_KEPT_MILLIS)));
    }

    /** Does what a lease does, for nobody. */
    void probe() {
        lease(NOBODY, "probe", "", 1, 1, 1);
    }

    private Object lease(List<String> keys, List<String> arguments) {
        try {
            return client.evalsha(LEASE_DIGEST, keys, arguments);
        } catch (JedisNoScriptException e) {
            // Redis was started anew, or has never seen the script; it keeps it from now on.
            return client.eval(LEASE, keys, arguments);
        }
    }

    private static String digest(String script) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(script.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String rounds(TenantId tenant, String kind) {
        return prefix(tenant, kind) + ":rounds";
    }

    private static String prefix(TenantId tenant, String kind) {
        return "agentos:rate:{" + tenant.value() + "}:" + kind;
    }

    @Override
    public void close() {
        client.close();
    }
}
