package dev.agentos.guard;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.DebugElementsOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.ExceptionsAttribute;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts calls of the bridge into methods of the JDK: before their first instruction, or around what they return. The
 * code is a straight line, so the frames that the compiler wrote stay true and are kept; making them anew would load
 * the very classes that are being changed.
 */
final class Weaver {

    private static final ClassDesc REFLECTION = ClassDesc.of("jdk.internal.reflect.Reflection");
    private static final int MOST_ARGUMENTS = 3;

    private final ClassDesc bridge;
    private final List<Sink> sinks = new ArrayList<>();
    private final ClassFile classFile = ClassFile.of(StackMapsOption.DROP_STACK_MAPS, DebugElementsOption.PASS_DEBUG);

    /**
     * A weaver.
     *
     * @param before checks that are in place already, whose numbers are taken
     */
    Weaver(ClassDesc bridge, List<Sink> before) {
        this.bridge = bridge;
        sinks.addAll(before);
    }

    /** The places that were woven, by their numbers. */
    Sink[] sinks() {
        return sinks.toArray(new Sink[0]);
    }

    private record Call(int id, SinkTable.Row row) {}

    /**
     * The class with the checks.
     *
     * @param rows the table's lines for it
     * @param missing receives the lines that no method fits
     */
    byte[] weave(String type, byte[] original, List<SinkTable.Row> rows, List<String> missing) {
        ClassModel model = classFile.parse(original);
        List<SinkTable.Row> unused = new ArrayList<>(rows);
        ClassTransform transform = (builder, element) -> {
            if (element instanceof MethodModel method) {
                List<Call> calls = calls(type, method, rows, unused);
                if (!calls.isEmpty()) {
                    builder.transformMethod(method, MethodTransform.transformingCode(new Prologue(method, calls)));
                    return;
                }
            }
            builder.with(element);
        };
        byte[] woven = classFile.transformClass(model, transform);
        for (SinkTable.Row row : unused) {
            missing.add(row.toString());
        }
        return woven;
    }

    private List<Call> calls(String type, MethodModel method, List<SinkTable.Row> rows, List<SinkTable.Row> unused) {
        List<Call> calls = new ArrayList<>();
        String name = method.methodName().stringValue();
        String descriptor = method.methodType().stringValue();
        boolean code = method.code().isPresent();
        for (SinkTable.Row row : rows) {
            if (code && row.matches(name, descriptor)) {
                unused.remove(row);
                List<String> declared = new ArrayList<>();
                method.findAttribute(Attributes.exceptions()).ifPresent(found -> {
                    for (ClassEntry exception : exceptions(found)) {
                        declared.add(exception.asInternalName());
                    }
                });
                sinks.add(new Sink(type + '.' + name, row.rule(), Refusal.of(row.rule(), declared)));
                calls.add(new Call(sinks.size() - 1, row));
            }
        }
        return calls;
    }

    private static List<ClassEntry> exceptions(ExceptionsAttribute attribute) {
        return attribute.exceptions();
    }

    private final class Prologue implements CodeTransform {

        private final MethodModel method;
        private final List<Call> calls;
        private boolean begun;

        Prologue(MethodModel method, List<Call> calls) {
            this.method = method;
            this.calls = calls;
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (!begun) {
                begun = true;
                for (Call call : calls) {
                    if (!returns(call)) {
                        check(code, call);
                    }
                }
            }
            if (element instanceof ReturnInstruction back && back.typeKind() == TypeKind.REFERENCE) {
                for (Call call : calls) {
                    if (returns(call)) {
                        result(code, call);
                    }
                }
            }
            code.with(element);
        }

        @Override
        public void atEnd(CodeBuilder code) {
            CodeModel original = method.code().orElseThrow();
            StackMapTableAttribute frames =
                    original.findAttribute(Attributes.stackMapTable()).orElse(null);
            if (frames != null) {
                code.with(frames);
            }
        }

        private static boolean returns(Call call) {
            return call.row().arguments().contains("result");
        }

        private void check(CodeBuilder code, Call call) {
            code.loadConstant(call.id());
            int given = 0;
            for (String argument : call.row().arguments()) {
                argument(code, argument);
                given++;
            }
            for (; given < MOST_ARGUMENTS; given++) {
                code.aconst_null();
            }
            code.invokestatic(bridge, Bridge.CHECK, Bridge.CHECK_TYPE);
        }

        private void result(CodeBuilder code, Call call) {
            code.loadConstant(call.id());
            List<String> arguments = call.row().arguments();
            if (arguments.size() > 1) {
                argument(code, arguments.get(1));
            } else {
                code.aconst_null();
            }
            code.invokestatic(bridge, Bridge.RESULT, Bridge.RESULT_TYPE);
            code.checkcast(method.methodTypeSymbol().returnType());
        }

        private void argument(CodeBuilder code, String argument) {
            if (argument.equals("caller")) {
                code.invokestatic(REFLECTION, "getCallerClass", MethodTypeDesc.of(ConstantDescs.CD_Class));
                return;
            }
            boolean isStatic = method.flags().has(AccessFlag.STATIC);
            int number = Integer.parseInt(argument);
            if (number == 0) {
                if (isStatic) {
                    throw new IllegalArgumentException(call(method) + " is static and has no object");
                }
                code.aload(0);
                return;
            }
            MethodTypeDesc type = method.methodTypeSymbol();
            int slot = isStatic ? 0 : 1;
            for (int i = 0; i < number - 1; i++) {
                slot += TypeKind.from(type.parameterType(i)).slotSize();
            }
            TypeKind kind = TypeKind.from(type.parameterType(number - 1));
            code.loadLocal(kind, slot);
            if (kind != TypeKind.REFERENCE) {
                box(code, type.parameterType(number - 1));
            }
        }

        private static String call(MethodModel method) {
            return method.methodName().stringValue() + method.methodType().stringValue();
        }

        private static void box(CodeBuilder code, ClassDesc primitive) {
            @Nullable
            ClassDesc boxed = primitive.equals(ConstantDescs.CD_int)
                    ? ConstantDescs.CD_Integer
                    : primitive.equals(ConstantDescs.CD_boolean) ? ConstantDescs.CD_Boolean : null;
            if (boxed == null) {
                throw new IllegalArgumentException("No check takes a " + primitive.displayName());
            }
            code.invokestatic(boxed, "valueOf", MethodTypeDesc.of(boxed, primitive));
        }
    }
}
