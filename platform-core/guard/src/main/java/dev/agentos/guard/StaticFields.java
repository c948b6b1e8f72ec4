package dev.agentos.guard;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;

/** Static fields of the JDK, read and written past what the language and its modules allow. */
final class StaticFields {

    private static final MethodType OBJECT_AT = MethodType.methodType(Object.class, Object.class, long.class);
    private static final MethodType OBJECT_TO =
            MethodType.methodType(void.class, Object.class, long.class, Object.class);

    private final MethodHandle base;
    private final MethodHandle offset;
    private final MethodHandle read;
    private final MethodHandle write;

    private StaticFields(MethodHandle base, MethodHandle offset, MethodHandle read, MethodHandle write) {
        this.base = base;
        this.offset = offset;
        this.read = read;
        this.write = write;
    }

    /** By the JDK's access to raw memory, for which the lookup is one of its class. */
    static StaticFields of(MethodHandles.Lookup internal) throws ReflectiveOperationException {
        Class<?> type = internal.lookupClass();
        try {
            Object memory = internal.findStatic(type, "getUnsafe", MethodType.methodType(type))
                    .invoke();
            return new StaticFields(
                    internal.bind(memory, "staticFieldBase", MethodType.methodType(Object.class, Field.class)),
                    internal.bind(memory, "staticFieldOffset", MethodType.methodType(long.class, Field.class)),
                    internal.bind(memory, "getReference", OBJECT_AT),
                    internal.bind(memory, "putReferenceVolatile", OBJECT_TO));
        } catch (Error | RuntimeException | ReflectiveOperationException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    Object read(Class<?> type, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        try {
            return read.invoke(base.invoke(field), (long) offset.invoke(field));
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Also a final one, of which code that is compiled already keeps what it was. */
    void write(Class<?> type, String name, Object value) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        try {
            write.invoke(base.invoke(field), (long) offset.invoke(field), value);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
