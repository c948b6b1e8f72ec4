package dev.agentos.guard;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Properties;

/**
 * The class inside {@code java.base} that the woven methods call, because they cannot see the guard's own. It lies in a
 * package that is exported to the JDK's modules alone, so that no plugin can link it, and reaches the guard through two
 * method handles in final fields, which the compiler sees through.
 */
final class Bridge {

    static final String CHECK = "check";
    static final String RESULT = "result";
    static final MethodTypeDesc CHECK_TYPE = MethodTypeDesc.of(
            ConstantDescs.CD_void,
            ConstantDescs.CD_int,
            ConstantDescs.CD_Object,
            ConstantDescs.CD_Object,
            ConstantDescs.CD_Object);
    static final MethodTypeDesc RESULT_TYPE = MethodTypeDesc.of(
            ConstantDescs.CD_Object, ConstantDescs.CD_Object, ConstantDescs.CD_int, ConstantDescs.CD_Object);
    static final String PACKAGE = "jdk.internal.misc";
    static final ClassDesc NAME = ClassDesc.of(PACKAGE, "AgentOsGuard");

    private static final String CHECK_KEY = "dev.agentos.guard.check";
    private static final String RESULT_KEY = "dev.agentos.guard.result";

    private Bridge() {}

    /** Defines and initialises it; its handles are handed over by way of the process's properties. */
    static Class<?> define(MethodHandles.Lookup inside) throws ReflectiveOperationException {
        MethodHandles.Lookup own = MethodHandles.lookup();
        MethodHandle check = own.findStatic(
                Checkpoint.class,
                "check",
                MethodType.methodType(void.class, int.class, Object.class, Object.class, Object.class));
        MethodHandle result = own.findStatic(
                Checkpoint.class, "result", MethodType.methodType(Object.class, Object.class, int.class, Object.class));
        Properties properties = System.getProperties();
        properties.put(CHECK_KEY, check);
        properties.put(RESULT_KEY, result);
        try {
            Class<?> bridge = inside.defineClass(bytes());
            return inside.ensureInitialized(bridge);
        } finally {
            properties.remove(CHECK_KEY);
            properties.remove(RESULT_KEY);
        }
    }

    private static byte[] bytes() {
        ClassDesc handle = ConstantDescs.CD_MethodHandle;
        ClassDesc properties = ClassDesc.of("java.util.Properties");
        return ClassFile.of()
                .build(
                        NAME,
                        type -> type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SUPER)
                                .withField(
                                        "CHECK",
                                        handle,
                                        ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL)
                                .withField(
                                        "RESULT",
                                        handle,
                                        ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL)
                                .withMethodBody(
                                        ConstantDescs.CLASS_INIT_NAME,
                                        ConstantDescs.MTD_void,
                                        ClassFile.ACC_STATIC,
                                        code -> {
                                            for (String[] field :
                                                    new String[][] {{"CHECK", CHECK_KEY}, {"RESULT", RESULT_KEY}}) {
                                                code.invokestatic(
                                                                ClassDesc.of("java.lang.System"),
                                                                "getProperties",
                                                                MethodTypeDesc.of(properties))
                                                        .loadConstant(field[1])
                                                        .invokevirtual(
                                                                properties,
                                                                "get",
                                                                MethodTypeDesc.of(
                                                                        ConstantDescs.CD_Object,
                                                                        ConstantDescs.CD_Object))
                                                        .checkcast(handle)
                                                        .putstatic(NAME, field[0], handle);
                                            }
                                            code.return_();
                                        })
                                .withMethodBody(
                                        CHECK,
                                        CHECK_TYPE,
                                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                        code -> code.getstatic(NAME, "CHECK", handle)
                                                .iload(0)
                                                .aload(1)
                                                .aload(2)
                                                .aload(3)
                                                .invokevirtual(handle, "invokeExact", CHECK_TYPE)
                                                .return_())
                                .withMethodBody(
                                        RESULT,
                                        RESULT_TYPE,
                                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                        code -> code.getstatic(NAME, "RESULT", handle)
                                                .aload(0)
                                                .iload(1)
                                                .aload(2)
                                                .invokevirtual(handle, "invokeExact", RESULT_TYPE)
                                                .areturn()));
    }
}
