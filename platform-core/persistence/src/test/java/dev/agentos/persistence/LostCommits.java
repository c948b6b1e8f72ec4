package dev.agentos.persistence;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Connections of which one breaks just when something is committed, before anybody hears of it. */
final class LostCommits {

    private LostCommits() {}

    /**
     * The same connections, the first of whose commits is lost.
     *
     * @param lost how many answers were lost
     */
    static DataSource of(DataSource pool, AtomicInteger lost) {
        return proxy(DataSource.class, (proxy, method, arguments) -> {
            Object answer = call(pool, method, arguments);
            return answer instanceof Connection connection ? of(connection, lost) : answer;
        });
    }

    /** What becomes of a statement that commits by itself, once it is executed. */
    @FunctionalInterface
    interface Fate {

        /**
         * Says it before the statement is executed.
         *
         * @return whether its answer is to be lost
         */
        boolean lost(String sql) throws Exception;
    }

    /** The same connections, of which some lose the answers to what they ask outside of a transaction. */
    static DataSource of(DataSource pool, Fate fate) {
        return proxy(DataSource.class, (proxy, method, arguments) -> {
            Object answer = call(pool, method, arguments);
            return answer instanceof Connection connection ? of(connection, fate) : answer;
        });
    }

    private static Connection of(Connection connection, Fate fate) {
        return proxy(Connection.class, (proxy, method, arguments) -> {
            Object answer = call(connection, method, arguments);
            return answer instanceof PreparedStatement statement && arguments != null
                    ? of(statement, String.valueOf(arguments[0]), fate)
                    : answer;
        });
    }

    private static PreparedStatement of(PreparedStatement statement, String sql, Fate fate) {
        return proxy(PreparedStatement.class, (proxy, method, arguments) -> {
            if (!method.getName().equals("executeQuery")) {
                return call(statement, method, arguments);
            }
            boolean lost = fate.lost(sql);
            Object answer = call(statement, method, arguments);
            if (lost) {
                throw new SQLException("The connection broke", "08006");
            }
            return answer;
        });
    }

    private static Connection of(Connection connection, AtomicInteger lost) {
        return proxy(Connection.class, (proxy, method, arguments) -> {
            Object answer = call(connection, method, arguments);
            if (method.getName().equals("commit") && lost.compareAndSet(0, 1)) {
                throw new SQLException("The connection broke", "08006");
            }
            return answer;
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
