package dev.agentos.scripting;

import io.roastedroot.quickjs4j.core.JavyPluginModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import run.endive.runtime.ByteArrayMemory;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.MutabilityType;

/**
 * The compiled QuickJS as it is once it has begun and evaluated the prelude. Every script begins as a copy of it, which
 * costs less than beginning anew and is the same to the bit each time. Shared by all and changed by none.
 */
final class GuestImage {

    private static final int PAGE = Memory.PAGE_SIZE;
    private static final int MOST_PAGES = 64;

    private final WasmModule module;
    private final byte[][] leaves;
    private final long[] globals;
    private final int entryAddress;
    private final int entryLength;

    private GuestImage(WasmModule module, Instance instance, Guest.Bytecode entry) {
        this.module = module;
        this.leaves = new byte[instance.memory().pages() * (PAGE / GuestMemory.LEAF)][];
        for (int i = 0; i < leaves.length; i++) {
            byte[] leaf = instance.memory().readBytes(i * GuestMemory.LEAF, GuestMemory.LEAF);
            leaves[i] = Arrays.equals(leaf, GuestMemory.BLANK) ? GuestMemory.BLANK : leaf;
        }
        this.globals = new long[instance.globalCount()];
        for (int i = 0; i < globals.length; i++) {
            globals[i] = instance.global(i).getValue();
        }
        this.entryAddress = entry.address();
        this.entryLength = entry.length();
    }

    /** Loads and starts QuickJS; takes a few hundred milliseconds the first time, and deep stacks. */
    static GuestImage create() {
        WasmModule module = JavyPluginModule.load();
        GuestImports imports = new GuestImports((what, text) -> new byte[0], nanos(Instant.EPOCH));
        Instance instance = Instance.builder(module)
                .withMemoryFactory(ByteArrayMemory::new)
                .withMemoryLimits(new MemoryLimits(
                        module.memorySection()
                                .orElseThrow()
                                .getMemory(0)
                                .limits()
                                .initialPages(),
                        MOST_PAGES))
                .withMachineFactory(JavyPluginModule::create)
                .withImportValues(imports.values())
                .build();
        try {
            instance.export("initialize_runtime").apply();
            Guest.evaluate(instance, Guest.compile(instance, prelude()));
            return new GuestImage(module, instance, Guest.compile(instance, "__begin()"));
        } catch (RuntimeException e) {
            throw new IllegalStateException("QuickJS does not start: " + imports.complaint(), e);
        }
    }

    /** How many pages a script begins with. */
    int pages() {
        return leaves.length / (PAGE / GuestMemory.LEAF);
    }

    /** An instance that is as this image was. */
    Instance instantiate(GuestMemory memory, GuestImports imports) {
        Instance instance = Instance.builder(module)
                .withMemoryFactory(limits -> memory)
                .withMachineFactory(JavyPluginModule::create)
                .withImportValues(imports.values())
                .withStart(false)
                .build();
        for (int i = 0; i < globals.length; i++) {
            if (instance.global(i).getMutabilityType() == MutabilityType.Var) {
                instance.global(i).setValue(globals[i]);
            }
        }
        return instance;
    }

    /** Its memory, in leaves that nobody may write to. */
    byte[][] leaves() {
        return leaves.clone();
    }

    Guest.Bytecode entry() {
        return new Guest.Bytecode(entryAddress, entryLength);
    }

    /** An instant as WASI counts; the ends of the range are those of 64 bits. */
    static long nanos(Instant instant) {
        return Math.clamp(instant.getEpochSecond(), -9_000_000_000L, 9_000_000_000L) * 1_000_000_000L
                + instant.getNano();
    }

    private static String prelude() {
        try (InputStream in = GuestImage.class.getResourceAsStream("prelude.js")) {
            if (in == null) {
                throw new IllegalStateException("prelude.js is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
