package dev.agentos.guard;

/**
 * What the guard asks at a place where the JDK acts.
 *
 * <p>An {@code EFFECT} belongs to the nearest plugin on the stack, whatever of the JDK and of shared libraries is in
 * between, or else to the plugin that started the thread. A {@code DIRECT} act is the plugin's when it makes the call
 * itself or has a library make it that it shares with the host, by reflection or not. A {@code CALLER} act names the
 * calling class itself. A {@code LOADER} act belongs to the class loader that is asked.
 */
enum Rule {
    FS_READ("fs.read", Mode.EFFECT),
    FS_WRITE("fs.write", Mode.EFFECT),
    FS_DELETE("fs.delete", Mode.EFFECT),
    FS_RANDOM("fs.write", Mode.EFFECT),
    FS_OPEN("fs.write", Mode.EFFECT),
    FS_STAT("fs.read", Mode.EFFECT),
    FS_STAT_TWO("fs.read", Mode.EFFECT),
    FS_COPY("fs.write", Mode.EFFECT),
    FS_MOVE("fs.write", Mode.EFFECT),
    FS_LINK("fs.write", Mode.EFFECT),
    FS_SYMBOLIC_LINK("fs.write", Mode.EFFECT),
    FS_LINK_READ("fs.read", Mode.EFFECT),
    FS_VIEW("fs.write", Mode.EFFECT),
    FS_VIEW_USER("fs.write", Mode.EFFECT),
    FS_DESCRIPTOR("fs.fd", Mode.EFFECT),
    FS_URL("fs.read", Mode.EFFECT),
    FS_ZIP("fs.read", Mode.EFFECT),
    FS_USERS("fs.read", Mode.EFFECT),
    NET_CONNECT("net.connect", Mode.EFFECT),
    NET_SEND("net.connect", Mode.EFFECT),
    NET_CONNECT_UNIX("net.connect", Mode.EFFECT),
    NET_LISTEN("net.listen", Mode.EFFECT),
    NET_LISTEN_UNIX("net.listen", Mode.EFFECT),
    NET_JOIN("net.listen", Mode.EFFECT),
    NET_REACH("net.connect", Mode.EFFECT),
    NET_RESOLVE("net.resolve", Mode.EFFECT),
    NET_RESOLVED("net.resolve", Mode.RESULT),
    NET_REVERSE("net.resolve", Mode.EFFECT),
    NET_URL("net.connect", Mode.EFFECT),
    PROCESS_EXEC("process.exec", Mode.EFFECT),
    PROCESS_STARTED("process.exec", Mode.RESULT),
    PROCESS_CONTROL("process.exec", Mode.EFFECT),
    PROCESS_ENVIRONMENT("env.read", Mode.EFFECT),
    PROCESS_STREAM("jvm.global", Mode.EFFECT),
    ENV_READ("env.read", Mode.RESULT),
    ENV_READ_ALL("env.read", Mode.RESULT),
    JVM_EXIT("jvm.exit", Mode.EFFECT),
    JVM_GLOBAL("jvm.global", Mode.EFFECT),
    JVM_GLOBAL_DIRECT("jvm.global", Mode.DIRECT),
    JVM_PROPERTIES("jvm.global", Mode.RESULT),
    JVM_PROPERTIES_CHANGE("jvm.global", Mode.EFFECT),
    JVM_PROVIDER_VIEW("jvm.global", Mode.RESULT),
    JVM_PROPERTY("jvm.global", Mode.DIRECT),
    JVM_PROVIDER("jvm.global", Mode.EFFECT),
    JVM_POOL("jvm.global", Mode.EFFECT),
    JVM_POOL_TASK("jvm.global", Mode.EFFECT),
    JVM_POOL_WORKER("jvm.global", Mode.DIRECT),
    JVM_STREAM("jvm.global", Mode.EFFECT),
    JVM_TLS("jvm.global", Mode.EFFECT),
    NATIVE_LOAD("native.load", Mode.EFFECT),
    NATIVE_LIBRARY("native.load", Mode.EFFECT),
    NATIVE_ACCESS("native.memory", Mode.EFFECT),
    THREAD_START("thread.start", Mode.EFFECT),
    THREAD_CONTROL("thread.control", Mode.DIRECT),
    THREAD_LASTING("thread.control", Mode.DIRECT),
    THREAD_LOADER("thread.control", Mode.DIRECT),
    CLASSLOADER_CREATE("classloader.create", Mode.EFFECT),
    CLASSLOADER_CREATE_DIRECT("classloader.create", Mode.DIRECT),
    CLASS_LOAD("reflect.core", Mode.DIRECT),
    CLASS_FOR_NAME("reflect.core", Mode.ALWAYS),
    CLASS_LINK("reflect.core", Mode.LOADER),
    RESOURCE("fs.read", Mode.DIRECT),
    REFLECT_DEEP("reflect.deep", Mode.ALWAYS),
    REFLECT_DEEP_ARRAY("reflect.deep", Mode.ALWAYS),
    REFLECT_CORE("reflect.core", Mode.CALLER),
    REFLECT_PRIVATE("reflect.deep", Mode.DIRECT),
    REFLECT_MODULE("reflect.deep", Mode.DIRECT),
    REFLECT_LOOKUP("reflect.core", Mode.DIRECT),
    REFLECT_LOOKUP_BIND("reflect.core", Mode.DIRECT),
    REFLECT_LOOKUP_MEMBER("reflect.core", Mode.DIRECT),
    REFLECT_LOOKUP_CLASS("reflect.core", Mode.DIRECT),
    REFLECT_REPLACE("reflect.deep", Mode.EFFECT),
    REFLECT_WRITE("reflect.deep", Mode.EFFECT),
    REFLECT_TRAMPOLINE("reflect.trampoline", Mode.DIRECT),
    DESERIALIZE("deserialize", Mode.EFFECT);

    /** Whose act it is. */
    enum Mode {
        EFFECT,
        DIRECT,
        /** As a direct act, and the same while classes are initialised. */
        ALWAYS,
        CALLER,
        LOADER,
        /** What a method returns is replaced by what the plugin may have. */
        RESULT
    }

    final String act;
    final Mode mode;
    final boolean reflects;

    Rule(String act, Mode mode) {
        this.act = act;
        this.mode = mode;
        this.reflects = act.startsWith("reflect.");
    }
}
