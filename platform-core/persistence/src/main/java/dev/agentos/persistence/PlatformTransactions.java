package dev.agentos.persistence;

import com.zaxxer.hikari.HikariDataSource;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** Transactions that see the rows of all tenants, under the platform's role. */
final class PlatformTransactions extends Transactions {

    PlatformTransactions(HikariDataSource pool) {
        super(pool);
    }

    /** Runs work in a transaction; it may be tried again. */
    <T> T call(Function<Handle, T> work) {
        return transact(handle -> {}, work);
    }

    /** Runs work without a result in a transaction; it may be tried again. */
    void run(Consumer<Handle> work) {
        call(handle -> {
            work.accept(handle);
            return true;
        });
    }
}
