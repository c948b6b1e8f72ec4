package dev.agentos.persistence;

import dev.agentos.audit.Act;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.persistence.internal.SqlStates;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Types;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions on one pool: tried again, a bounded number of times and at random distances, when PostgreSQL gave up a
 * transaction for the sake of another; a lost or exhausted database becomes {@code server:DATABASE_UNAVAILABLE}.
 */
class Transactions {

    private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);
    private static final int ATTEMPTS = 6;
    private static final long FIRST_PAUSE_MILLIS = 5;

    private final Jdbi jdbi;

    Transactions(DataSource pool) {
        this.jdbi = JsonColumns.configured(Jdbi.create(pool));
    }

    /**
     * Runs work in a transaction; it must be repeatable, because it may be tried again. When it writes something for a
     * request that is about to change what is set, a note of that is written with it.
     */
    final <T> T transact(Consumer<Handle> begin, Function<Handle, T> work) {
        Optional<Act.Note> note = Act.unkept();
        if (note.isEmpty()) {
            return persistently(() -> jdbi.inTransaction(handle -> {
                begin.accept(handle);
                return work.apply(handle);
            }));
        }
        AtomicBoolean kept = new AtomicBoolean();
        T result = persistently(() -> jdbi.inTransaction(handle -> {
            begin.accept(handle);
            T done = work.apply(handle);
            kept.set(JdbiAuditStore.keep(handle, note.get()));
            return done;
        }));
        if (kept.get()) {
            Act.keep();
        }
        return result;
    }

    /** Runs work of a single statement, which is a transaction by itself and needs no round trip to end it. */
    final <T> T query(Consumer<Handle> begin, Function<Handle, T> work) {
        return persistently(() -> jdbi.withHandle(handle -> {
            begin.accept(handle);
            return work.apply(handle);
        }));
    }

    private static <T> T persistently(Supplier<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.get();
            } catch (JdbiException e) {
                String state = state(e);
                if (!gaveUp(state) || attempt == ATTEMPTS) {
                    throw translated(e, state);
                }
                LOG.debug("A transaction is tried again after SQLState {}", state);
                pause(attempt);
            }
        }
    }

    private static boolean gaveUp(String state) {
        return state.equals("40001") || state.equals("40P01");
    }

    private static RuntimeException translated(JdbiException e, String state) {
        SQLException sql = find(e, SQLException.class);
        boolean unavailable =
                (sql != null && SqlStates.passing(sql)) || find(e, SQLTransientConnectionException.class) != null;
        if (!unavailable) {
            return e;
        }
        return new AgentOsException(
                KernelErrorCode.DATABASE_UNAVAILABLE,
                "The database cannot serve this now (SQLState " + (state.isEmpty() ? "none" : state) + ").",
                "Try again in a few seconds; if it lasts, look at the database.",
                e);
    }

    /** The SQLState of the innermost failure that has one; empty without. */
    static String state(Throwable thrown) {
        SQLException sql = find(thrown, SQLException.class);
        return sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
    }

    /** The innermost failure of that kind. */
    static <E> @Nullable E find(Throwable thrown, Class<E> type) {
        E found = null;
        Throwable at = thrown;
        for (int depth = 0; at != null && depth < 20; depth++) {
            if (type.isInstance(at)) {
                found = type.cast(at);
            }
            at = at.getCause();
        }
        return found;
    }

    private static void pause(int attempt) {
        long most = FIRST_PAUSE_MILLIS << attempt;
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(1, most + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * JSON values in columns of type {@code json}, which keeps the text: members in order, numbers with their digits.
     * {@code jsonb} keeps neither.
     */
    private static final class JsonColumns {

        private JsonColumns() {}

        /** That Jdbi with PostgreSQL's types and JSON columns. */
        static Jdbi configured(Jdbi jdbi) {
            jdbi.installPlugin(new PostgresPlugin());
            jdbi.registerArgument(new JsonArgument());
            jdbi.registerColumnMapper(
                    JsonValue.class, (row, column, context) -> Json.parseStored(row.getString(column)));
            jdbi.registerColumnMapper(
                    JsonObject.class, (row, column, context) -> Json.parseStoredObject(row.getString(column)));
            return jdbi;
        }

        private static final class JsonArgument extends AbstractArgumentFactory<JsonValue> {
            JsonArgument() {
                super(Types.OTHER);
            }

            @Override
            protected Argument build(JsonValue value, ConfigRegistry config) {
                return (position, statement, context) -> {
                    PGobject object = new PGobject();
                    object.setType("json");
                    object.setValue(Json.write(value));
                    statement.setObject(position, object);
                };
            }
        }
    }
}
