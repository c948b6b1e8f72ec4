package dev.agentos.spi;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The acts that a plugin can ask for. An act that is not here cannot be granted. */
public enum PermissionKind {
    /** Opens connections to a host and port. */
    NET_CONNECT("net.connect", TargetForm.CONNECT, Risk.MEDIUM, "connect to"),
    /** Accepts connections on a port. */
    NET_LISTEN("net.listen", TargetForm.LISTEN, Risk.HIGH, "accept connections on"),
    /** Looks up a host's addresses. */
    NET_RESOLVE("net.resolve", TargetForm.HOST, Risk.LOW, "look up the address of"),
    /** Reads files. */
    FS_READ("fs.read", TargetForm.PATH, Risk.MEDIUM, "read files in"),
    /** Writes files. */
    FS_WRITE("fs.write", TargetForm.PATH, Risk.HIGH, "write files in"),
    /** Deletes files. */
    FS_DELETE("fs.delete", TargetForm.PATH, Risk.HIGH, "delete files in"),
    /** Reads a secret. */
    SECRET_READ("secret.read", TargetForm.NAME, Risk.HIGH, "read the secret"),
    /** Reads an environment variable. */
    ENV_READ("env.read", TargetForm.NAME, Risk.MEDIUM, "read the environment variable"),
    /** Reads a setting of the server. */
    CONFIG_READ("config.read", TargetForm.NAME, Risk.LOW, "read the setting"),
    /** Starts a program. */
    PROCESS_EXEC("process.exec", TargetForm.ABSOLUTE, Risk.CRITICAL, "start the program"),
    /** Loads native code. */
    NATIVE_LOAD("native.load", TargetForm.PATH, Risk.CRITICAL, "load native code from"),
    /** Uses more threads than the default of 8. */
    THREAD_POOL("thread.pool", TargetForm.COUNT, Risk.LOW, "use as many threads as"),
    /** Calls a model through the host. */
    MODEL_INVOKE("model.invoke", TargetForm.NAME, Risk.LOW, "call the model"),
    /** Calls a tool through the host. */
    TOOL_INVOKE("tool.invoke", TargetForm.NAME, Risk.LOW, "call the tool"),
    /** Starts an agent. */
    AGENT_SPAWN("agent.spawn", TargetForm.NAME, Risk.MEDIUM, "start the agent"),
    /** Reads memories. */
    MEMORY_READ("memory.read", TargetForm.NAME, Risk.MEDIUM, "read memories in"),
    /** Writes memories. */
    MEMORY_WRITE("memory.write", TargetForm.NAME, Risk.MEDIUM, "write memories in"),
    /** Owns a database schema. */
    DB_SCHEMA("db.schema", TargetForm.WORD, Risk.MEDIUM, "own the database schema"),
    /** Serves HTTP below a path. */
    HTTP_ROUTE("http.route", TargetForm.ABSOLUTE, Risk.MEDIUM, "serve HTTP below"),
    /** Publishes events. */
    EVENT_PUBLISH("event.publish", TargetForm.NAME, Risk.LOW, "publish events on"),
    /** Receives events. */
    EVENT_SUBSCRIBE("event.subscribe", TargetForm.NAME, Risk.LOW, "receive events on"),
    /** Reads and changes the JVM's management beans. */
    JVM_MANAGEMENT("jvm.management", TargetForm.NONE, Risk.CRITICAL, "manage the Java virtual machine"),
    /** Opens private members of other classes. */
    REFLECT_DEEP("reflect.deep", TargetForm.NONE, Risk.CRITICAL, "open private members of other classes"),
    /** Reads serialised objects. */
    DESERIALIZE("deserialize", TargetForm.NONE, Risk.CRITICAL, "read serialised Java objects"),
    /** Uses memory outside the heap. */
    NATIVE_MEMORY("native.memory", TargetForm.NONE, Risk.CRITICAL, "use memory outside the heap"),
    /** Makes class loaders. */
    CLASSLOADER_CREATE("classloader.create", TargetForm.NONE, Risk.CRITICAL, "make class loaders"),
    /** Links a group of the Java platform's classes that plugins do not see otherwise. */
    JDK_GROUP("jdk.group", TargetForm.WORD, Risk.MEDIUM, "use the Java platform's classes of the group");

    /** How much harm an act can do; a consent screen's colour. */
    public enum Risk {
        LOW,
        MEDIUM,
        HIGH,
        /** Ends the sandbox: granted only with an administrator's explicit flag. */
        CRITICAL
    }

    /** What no plugin is ever granted, and what each would be. */
    private static final Map<String, String> NEVER = Map.of(
            "jvm.exit", "ending the server",
            "jvm.global", "changing what all of the server shares",
            "jvm.instrument", "changing classes while they are loaded",
            "jvm.attach", "attaching to a virtual machine",
            "reflect.core", "reaching into the Java platform by reflection",
            "reflect.trampoline", "calling through a class of the Java platform that calls for others",
            "fs.fd", "using open files by their numbers",
            "thread.control", "controlling threads that are not the plugin's");

    private final String word;
    private final TargetForm form;
    private final Risk risk;
    private final String phrase;

    PermissionKind(String word, TargetForm form, Risk risk, String phrase) {
        this.word = word;
        this.form = form;
        this.risk = risk;
        this.phrase = phrase;
    }

    /**
     * The kind of that word.
     *
     * @throws PermissionSyntaxException if there is none, or none that is ever granted
     */
    public static PermissionKind ofWord(String word) {
        for (PermissionKind kind : values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        if (NEVER.containsKey(word)) {
            throw new PermissionSyntaxException(
                    PermissionSyntaxException.Fault.NEVER_GRANTABLE,
                    "no plugin is granted '" + word + "' (" + NEVER.get(word) + ")",
                    "Leave the clause out and do without it.");
        }
        throw new PermissionSyntaxException(
                PermissionSyntaxException.Fault.UNKNOWN_WORD,
                "there is no permission '" + word + "'",
                "Use one of "
                        + Arrays.stream(values()).map(PermissionKind::word).collect(Collectors.joining(", ")) + ".");
    }

    /** The words that no plugin is ever granted. */
    public static Set<String> neverGrantable() {
        return new TreeSet<>(NEVER.keySet());
    }

    /** The word that a manifest writes, as in {@code net.connect}. */
    public String word() {
        return word;
    }

    /** How much harm the act can do. */
    public Risk risk() {
        return risk;
    }

    /** What the act is, to be followed by the target: "connect to". */
    public String phrase() {
        return phrase;
    }

    /** The form of the target, in words. */
    public String targetForm() {
        return form.description();
    }

    boolean takesTarget() {
        return form != TargetForm.NONE;
    }

    String canonical(String target) {
        try {
            return form.canonical(target);
        } catch (IllegalArgumentException e) {
            PermissionSyntaxException told = new PermissionSyntaxException(
                    PermissionSyntaxException.Fault.TARGET,
                    word + " does not take '" + target + "': " + e.getMessage(),
                    "Write " + form.description() + ".");
            told.initCause(e);
            throw told;
        }
    }

    boolean covers(String granted, String wanted) {
        return form.covers(granted, wanted);
    }
}
