package dev.agentos.providerlocal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/**
 * ONNX Runtime's C interface, as far as it is needed here. The functions stand in a table whose order never changes;
 * {@link Function} holds their places in it.
 *
 * <p>Two versions of the plugin can use it side by side, and closing lets go of all that a version made.
 */
final class OnnxRuntime implements AutoCloseable {

    /** The version of the table that is asked for; any library since 1.17 has it. */
    private static final int API_VERSION = 17;

    /** A function's place in the table and its parameters behind the first; those without status return nothing. */
    enum Function {
        GET_ERROR_MESSAGE(2, FunctionDescriptor.of(ADDRESS, ADDRESS)),
        CREATE_ENV(3, FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS, ADDRESS)),
        CREATE_SESSION_FROM_ARRAY(8, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS)),
        RUN(
                9,
                FunctionDescriptor.of(
                        ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS)),
        CREATE_SESSION_OPTIONS(10, FunctionDescriptor.of(ADDRESS, ADDRESS)),
        DISABLE_CPU_MEM_ARENA(19, FunctionDescriptor.of(ADDRESS, ADDRESS)),
        SET_INTRA_OP_NUM_THREADS(24, FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)),
        SET_INTER_OP_NUM_THREADS(25, FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)),
        CREATE_TENSOR_WITH_DATA(
                49, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS)),
        GET_TENSOR_MUTABLE_DATA(51, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS)),
        CREATE_CPU_MEMORY_INFO(69, FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT, ADDRESS)),
        RELEASE_ENV(92, FunctionDescriptor.ofVoid(ADDRESS)),
        RELEASE_STATUS(93, FunctionDescriptor.ofVoid(ADDRESS)),
        RELEASE_MEMORY_INFO(94, FunctionDescriptor.ofVoid(ADDRESS)),
        RELEASE_SESSION(95, FunctionDescriptor.ofVoid(ADDRESS)),
        RELEASE_VALUE(96, FunctionDescriptor.ofVoid(ADDRESS)),
        RELEASE_SESSION_OPTIONS(100, FunctionDescriptor.ofVoid(ADDRESS));

        private static final int TABLE_LENGTH = 101;

        private final int place;
        private final FunctionDescriptor descriptor;

        Function(int place, FunctionDescriptor descriptor) {
            this.place = place;
            this.descriptor = descriptor;
        }
    }

    private final Arena library = Arena.ofShared();
    private final Map<Function, MethodHandle> functions = new EnumMap<>(Function.class);

    private OnnxRuntime() {}

    /** Loads the library for this machine out of the plugin's JAR, which it unpacks below that folder. */
    static OnnxRuntime load(Path folder) {
        OnnxRuntime runtime = new OnnxRuntime();
        try {
            runtime.open(folder);
            return runtime;
        } catch (RuntimeException | IOException e) {
            runtime.close();
            throw e instanceof AgentOsException known
                    ? known
                    : new AgentOsException(
                            LocalErrorCode.MODEL_FAILED,
                            "ONNX Runtime could not be loaded.",
                            "Check that the temporary folder is writable and not mounted noexec, and that the plugin"
                                    + " is granted native.load.",
                            e);
        }
    }

    /** Calls a function that returns a status and fails with its message. */
    void check(Function function, Object... arguments) {
        MemorySegment status = (MemorySegment) invoke(function, arguments);
        if (status.address() == 0) {
            return;
        }
        MemorySegment message = (MemorySegment) invoke(Function.GET_ERROR_MESSAGE, status);
        String text = message.reinterpret(Long.MAX_VALUE).getString(0);
        invoke(Function.RELEASE_STATUS, status);
        throw new AgentOsException(
                LocalErrorCode.MODEL_FAILED,
                "ONNX Runtime failed at " + function + ": " + text,
                "Report this with the plugin's version.");
    }

    /** Calls a function that frees what it is given; nothing happens for the null pointer. */
    void release(Function function, MemorySegment pointer) {
        if (pointer.address() != 0) {
            invoke(function, pointer);
        }
    }

    /** Unloads the library; everything made through it must have been released. */
    @Override
    public void close() {
        functions.clear();
        library.close();
    }

    private Object invoke(Function function, Object... arguments) {
        MethodHandle handle = functions.get(function);
        if (handle == null) {
            throw new IllegalStateException("ONNX Runtime is closed");
        }
        try {
            return handle.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private void open(Path folder) throws IOException {
        SymbolLookup symbols = SymbolLookup.libraryLookup(UnpackedLibrary.file(folder), library);
        Linker linker = Linker.nativeLinker();
        try {
            MemorySegment base = (MemorySegment)
                    linker.downcallHandle(symbols.findOrThrow("OrtGetApiBase"), FunctionDescriptor.of(ADDRESS))
                            .invokeWithArguments();
            MemorySegment getApi =
                    base.reinterpret(ADDRESS.byteSize(), library, null).get(ADDRESS, 0);
            MemorySegment table =
                    (MemorySegment) linker.downcallHandle(getApi, FunctionDescriptor.of(ADDRESS, JAVA_INT))
                            .invokeWithArguments(API_VERSION);
            link(linker, table.reinterpret(ADDRESS.byteSize() * Function.TABLE_LENGTH, library, null));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private void link(Linker linker, MemorySegment table) {
        for (Function function : Function.values()) {
            MemorySegment address = table.getAtIndex(ADDRESS, function.place);
            functions.put(function, linker.downcallHandle(address, function.descriptor));
        }
    }

    /** A place for one pointer, filled with null. */
    static MemorySegment pointer(Arena arena) {
        return arena.allocate(MemoryLayout.sequenceLayout(1, ADDRESS));
    }
}
