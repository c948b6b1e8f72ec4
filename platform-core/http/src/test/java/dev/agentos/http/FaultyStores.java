package dev.agentos.http;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Stores of which a test has one thing fail, as if the database were away just then. */
final class FaultyStores {

    private volatile String away = "";

    /** Runs something while the stores' method of that name fails. */
    void without(String method, Runnable work) {
        away = method;
        try {
            work.run();
        } finally {
            away = "";
        }
    }

    /** The same store, but for what fails. */
    <T> T of(Class<T> type, T store) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getName().equals(away)) {
                        throw new AgentOsException(
                                KernelErrorCode.DATABASE_UNAVAILABLE, "The database is away.", "Try again.");
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
