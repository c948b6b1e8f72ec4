package dev.agentos.scripting;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmFunctionHandle;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.ValType;

/**
 * All that the compiled QuickJS imports, and so all that a script can ever reach: one door to the host, a clock that
 * stands still, bytes that are not random, a place to complain to, and files of which there are none.
 */
final class GuestImports {

    private static final long[] OK = {0};
    private static final long[] BAD_FILE = {8};
    private static final int COMPLAINT_CHARACTERS = 4_000;
    private static final int RESERVED_FRAMES = 1_000;

    private final Door door;
    private final long nowNanos;
    private final StringBuilder complaint = new StringBuilder();

    /** Where requests of the prelude arrive, on the script's thread. */
    @FunctionalInterface
    interface Door {

        /**
         * Answers with JSON in UTF-8, or ends the script by throwing.
         *
         * @param what is asked, a word
         * @param text with it, not read yet
         */
        byte[] ask(String what, Text text);
    }

    /** A text in the guest's memory. */
    record Text(Memory memory, int address, int length) {

        String read() {
            return new String(memory.readBytes(address, length), StandardCharsets.UTF_8);
        }
    }

    GuestImports(Door door, long nowNanos) {
        this.door = door;
        this.nowNanos = nowNanos;
    }

    ImportValues values() {
        return ImportValues.builder()
                .addFunction(
                        function("endive", "invoke", 6, this::invoke),
                        wasi("random_get", "ii", this::random),
                        wasi("clock_time_get", "ili", this::clock),
                        wasi("environ_get", "ii", (instance, arguments) -> OK),
                        wasi("environ_sizes_get", "ii", this::environment),
                        wasi("fd_write", "iiii", this::write),
                        wasi("fd_read", "iiii", (instance, arguments) -> BAD_FILE),
                        wasi("fd_seek", "ilii", (instance, arguments) -> BAD_FILE),
                        wasi("fd_close", "i", (instance, arguments) -> BAD_FILE),
                        wasi("fd_fdstat_get", "ii", (instance, arguments) -> BAD_FILE),
                        wasi("fd_prestat_get", "ii", (instance, arguments) -> BAD_FILE),
                        wasi("fd_prestat_dir_name", "iii", (instance, arguments) -> BAD_FILE),
                        new HostFunction(
                                "wasi_snapshot_preview1",
                                "proc_exit",
                                FunctionType.of(List.of(ValType.I32), List.of()),
                                (instance, arguments) -> {
                                    throw new IllegalStateException("QuickJS gave up");
                                }))
                .build();
    }

    /** The end of what the engine itself wrote, as when it panics. */
    String complaint() {
        return complaint.toString().strip();
    }

    private static HostFunction function(String module, String name, int parameters, WasmFunctionHandle handle) {
        return new HostFunction(
                module,
                name,
                FunctionType.of(Collections.nCopies(parameters, ValType.I32), List.of(ValType.I32)),
                handle);
    }

    /** A function of WASI whose parameters are {@code i} for 32 and {@code l} for 64 bits. */
    private static HostFunction wasi(String name, String parameters, WasmFunctionHandle handle) {
        List<ValType> types = parameters
                .chars()
                .mapToObj(letter -> letter == 'l' ? ValType.I64 : ValType.I32)
                .toList();
        return new HostFunction("wasi_snapshot_preview1", name, FunctionType.of(types, List.of(ValType.I32)), handle);
    }

    private long[] invoke(Instance instance, long... arguments) {
        reserveStack(RESERVED_FRAMES);
        String what = new Text(instance.memory(), (int) arguments[2], Math.min((int) arguments[3], 16)).read();
        Text text = new Text(instance.memory(), (int) arguments[4], (int) arguments[5]);
        byte[] answer = door.ask(what, text);
        int address = Guest.allocate(instance, answer.length);
        instance.memory().write(address, answer);
        int wide = Guest.allocate(instance, 8);
        instance.memory().writeI32(wide, address);
        instance.memory().writeI32(wide + 4, answer.length);
        return new long[] {wide};
    }

    /** Overflows here, where it breaks nothing, rather than amid what follows, when a script has used up the stack. */
    private static int reserveStack(int frames) {
        return frames == 0 ? 0 : 1 + reserveStack(frames - 1);
    }

    private long[] random(Instance instance, long... arguments) {
        int address = (int) arguments[0];
        instance.memory().fill((byte) 0x5A, address, address + (int) arguments[1]);
        return OK;
    }

    private long[] clock(Instance instance, long... arguments) {
        instance.memory().writeLong((int) arguments[2], nowNanos);
        return OK;
    }

    private long[] environment(Instance instance, long... arguments) {
        instance.memory().writeI32((int) arguments[0], 0);
        instance.memory().writeI32((int) arguments[1], 0);
        return OK;
    }

    private long[] write(Instance instance, long... arguments) {
        Memory memory = instance.memory();
        int written = 0;
        for (int i = 0; i < arguments[2]; i++) {
            int part = (int) arguments[1] + 8 * i;
            int length = memory.readInt(part + 4);
            int shown = Math.min(length, COMPLAINT_CHARACTERS - complaint.length());
            if (shown > 0) {
                complaint.append(new Text(memory, memory.readInt(part), shown).read());
            }
            written += length;
        }
        memory.writeI32((int) arguments[3], written);
        return OK;
    }
}
