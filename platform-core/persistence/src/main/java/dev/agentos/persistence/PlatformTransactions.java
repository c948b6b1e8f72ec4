package dev.agentos.persistence;

import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;

/** Transactions that see the rows of all tenants, under the platform's role. */
final class PlatformTransactions extends Transactions {

    PlatformTransactions(DataSource pool) {
        super(pool);
    }

    /** Runs work in a transaction; it may be tried again. */
    <T> T call(Function<Handle, T> work) {
        return transact(handle -> {}, work);
    }

    /** Runs a single query; it may be tried again. */
    <T> T query(Function<Handle, T> work) {
        return query(handle -> {}, work);
    }

    /** Runs work without a result in a transaction; it may be tried again. */
    void run(Consumer<Handle> work) {
        call(handle -> {
            work.accept(handle);
            return true;
        });
    }
}
