package dev.agentos.persistence;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Connections of which one breaks just when it has committed, before anybody hears of it. */
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
