package dev.agentos.persistence;

import dev.agentos.http.IdempotencyStore;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.stores.Owned;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;

/** Answers to requests that carry an idempotency key, in PostgreSQL; the unique index lets one of many callers in. */
final class JdbiIdempotencyStore implements IdempotencyStore {

    private static final String ONE = "<owned> AND principal = :principal AND route = :route AND key = :key";
    private static final String CLAIMED = ONE + " AND claim = CAST(:claim AS uuid)";

    private final PlatformTransactions platform;

    JdbiIdempotencyStore(PlatformTransactions platform) {
        this.platform = platform;
    }

    private record Row(String fingerprint, Optional<JsonObject> answer, boolean uncertain) {}

    @Override
    public Claim begin(Key key, String fingerprint, Duration lifetime, Duration patience) {
        return platform.call(handle -> {
            Optional<String> claim = bind(handle.createQuery("""
                INSERT INTO idempotency_keys AS k
                       (tenant_id, principal, route, key, fingerprint, begun_at, expires_at, claim)
                VALUES (:tenant, :principal, :route, :key, :fingerprint, clock_timestamp(),
                        clock_timestamp() + make_interval(secs => :lifetime), gen_random_uuid())
                ON CONFLICT (tenant_id, principal, route, key) DO UPDATE
                   SET fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,
                       expires_at = excluded.expires_at, answer = NULL, claim = excluded.claim, uncertain = false
                 WHERE k.expires_at < clock_timestamp()
                RETURNING CAST(claim AS text)
                """), key)
                    .bind("fingerprint", fingerprint)
                    .bind("lifetime", seconds(lifetime))
                    .mapTo(String.class)
                    .findOne();
            if (claim.isPresent()) {
                return new Claim.Taken(claim.get());
            }
            return bind(handle.createQuery("""
                SELECT fingerprint, answer,
                       uncertain OR begun_at < clock_timestamp() - make_interval(secs => :patience) AS uncertain
                  FROM idempotency_keys WHERE
                """ + ONE), key)
                    .bind("patience", seconds(patience))
                    .map((row, context) -> new Row(
                            row.getString("fingerprint"),
                            Rows.optionalObject(row, "answer"),
                            row.getBoolean("uncertain")))
                    .findOne()
                    .map(row -> of(row, fingerprint))
                    // It was given back a moment ago.
                    .orElseGet(Claim.Running::new);
        });
    }

    private static Claim of(Row row, String fingerprint) {
        if (!row.fingerprint().equals(fingerprint)) {
            return new Claim.Different();
        }
        return row.answer()
                .<Claim>map(answer -> new Claim.Answered(read(answer)))
                .orElseGet(() -> row.uncertain() ? new Claim.Uncertain() : new Claim.Running());
    }

    @Override
    public void complete(Key key, String claim, Answer answer) {
        JsonObject json = JsonObject.of("status", answer.status(), "headers", answer.headers());
        JsonObject stored = answer.body().map(body -> json.with("body", body)).orElse(json);
        platform.run(handle -> {
            bind(handle.createUpdate("UPDATE idempotency_keys SET answer = :answer WHERE " + CLAIMED), key)
                    .bind("claim", claim)
                    .bind("answer", stored)
                    .execute();
            handle.createUpdate("""
                DELETE FROM idempotency_keys WHERE ctid IN
                       (SELECT ctid FROM idempotency_keys WHERE expires_at < clock_timestamp() LIMIT 100)
                """).execute();
        });
    }

    @Override
    public void doubt(Key key, String claim) {
        platform.run(handle -> bind(
                        handle.createUpdate("UPDATE idempotency_keys SET uncertain = true WHERE " + CLAIMED), key)
                .bind("claim", claim)
                .execute());
    }

    @Override
    public void abandon(Key key, String claim) {
        platform.run(handle -> bind(
                        handle.createUpdate("DELETE FROM idempotency_keys WHERE answer IS NULL AND " + CLAIMED), key)
                .bind("claim", claim)
                .execute());
    }

    private static <S extends SqlStatement<S>> S bind(S statement, Key key) {
        return statement
                .addCustomizer(new Owned(key.tenant()))
                .bind("principal", key.principal())
                .bind("route", key.route())
                .bind("key", key.value());
    }

    private static Answer read(JsonObject json) {
        Map<String, String> headers = new LinkedHashMap<>();
        json.object("headers").orElse(JsonObject.EMPTY).members().forEach((name, value) -> {
            if (value instanceof JsonString(String text)) {
                headers.put(name, text);
            }
        });
        int status = json.number("status").map(JsonNumber::value).orElseThrow().intValueExact();
        return new Answer(status, headers, json.member("body"));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
