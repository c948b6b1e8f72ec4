package dev.agentos.guard;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;

/**
 * Static fields of the JDK, read and written past what the language and its modules allow.
 *
 * @param base finds the object that a field stands in
 * @param offset finds its place in there
 * @param read what stands at such a place
 * @param write to such a place
 */
record StaticFields(MethodHandle base, MethodHandle offset, MethodHandle read, MethodHandle write) {

    private static final MethodType OBJECT_AT = MethodType.methodType(Object.class, Object.class, long.class);
    private static final MethodType OBJECT_TO =
            MethodType.methodType(void.class, Object.class, long.class, Object.class);

    /** By the JDK's access to raw memory, for which the lookup is one of its class. */
    static StaticFields of(MethodHandles.Lookup internal) throws ReflectiveOperationException {
        Class<?> type = internal.lookupClass();
        Object memory = invoke(internal.findStatic(type, "getUnsafe", MethodType.methodType(type)));
        return new StaticFields(
                internal.bind(memory, "staticFieldBase", MethodType.methodType(Object.class, Field.class)),
                internal.bind(memory, "staticFieldOffset", MethodType.methodType(long.class, Field.class)),
                internal.bind(memory, "getReference", OBJECT_AT),
                internal.bind(memory, "putReferenceVolatile", OBJECT_TO));
    }

    Object read(Class<?> type, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        return invoke(read, invoke(base, field), invoke(offset, field));
    }

    /** Also a final one, of which code that is compiled already keeps what it was. */
    void write(Class<?> type, String name, Object value) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        invoke(write, invoke(base, field), invoke(offset, field), value);
    }

    private static Object invoke(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
