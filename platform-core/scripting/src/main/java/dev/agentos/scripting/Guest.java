package dev.agentos.scripting;

import java.nio.charset.StandardCharsets;
import run.endive.runtime.Instance;

/** The functions that the compiled QuickJS exports. */
final class Guest {

    private Guest() {}

    /** What QuickJS made of a source, in the guest's memory. */
    record Bytecode(int address, int length) {}

    static int allocate(Instance instance, int length) {
        return (int) instance.export("cabi_realloc").apply(0, 0, 1, length)[0];
    }

    static Bytecode compile(Instance instance, String source) {
        byte[] text = source.getBytes(StandardCharsets.UTF_8);
        int address = allocate(instance, text.length);
        instance.memory().write(address, text);
        int compiled = (int) instance.export("compileSrc").apply(address, text.length)[0];
        return new Bytecode(
                instance.memory().readInt(compiled), instance.memory().readInt(compiled + 4));
    }

    /** Evaluates a module and whatever it left to do later. */
    static void evaluate(Instance instance, Bytecode code) {
        instance.export("eval").apply(code.address(), code.length(), 0, 0);
    }
}
