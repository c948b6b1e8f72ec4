package dev.agentos.spi;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The acts that a plugin can ask for. An act that is not here cannot be granted. */
public enum PermissionKind {
    /** Opens connections to a host and port. */
    NET_CONNECT("net.connect", Form.ENDPOINT, Risk.MEDIUM, "connect to"),
    /** Accepts connections on a port. */
    NET_LISTEN("net.listen", Form.ENDPOINT, Risk.HIGH, "accept connections on"),
    /** Looks up a host's addresses. */
    NET_RESOLVE("net.resolve", Form.NAME, Risk.LOW, "look up the address of"),
    /** Reads files. */
    FS_READ("fs.read", Form.PATH, Risk.MEDIUM, "read files in"),
    /** Writes files. */
    FS_WRITE("fs.write", Form.PATH, Risk.HIGH, "write files in"),
    /** Deletes files. */
    FS_DELETE("fs.delete", Form.PATH, Risk.HIGH, "delete files in"),
    /** Reads a secret. */
    SECRET_READ("secret.read", Form.NAME, Risk.HIGH, "read the secret"),
    /** Reads an environment variable. */
    ENV_READ("env.read", Form.NAME, Risk.MEDIUM, "read the environment variable"),
    /** Reads a setting of the server. */
    CONFIG_READ("config.read", Form.NAME, Risk.LOW, "read the setting"),
    /** Starts a program. */
    PROCESS_EXEC("process.exec", Form.PATH, Risk.CRITICAL, "start the program"),
    /** Loads native code. */
    NATIVE_LOAD("native.load", Form.PATH, Risk.CRITICAL, "load native code from"),
    /** Uses more threads than the default of 8. */
    THREAD_POOL("thread.pool", Form.NAME, Risk.LOW, "use as many threads as"),
    /** Calls a model through the host. */
    MODEL_INVOKE("model.invoke", Form.NAME, Risk.LOW, "call the model"),
    /** Calls a tool through the host. */
    TOOL_INVOKE("tool.invoke", Form.NAME, Risk.LOW, "call the tool"),
    /** Starts an agent. */
    AGENT_SPAWN("agent.spawn", Form.NAME, Risk.MEDIUM, "start the agent"),
    /** Reads memories. */
    MEMORY_READ("memory.read", Form.NAME, Risk.MEDIUM, "read memories in"),
    /** Writes memories. */
    MEMORY_WRITE("memory.write", Form.NAME, Risk.MEDIUM, "write memories in"),
    /** Owns a database schema. */
    DB_SCHEMA("db.schema", Form.NAME, Risk.MEDIUM, "own the database schema"),
    /** Serves HTTP below a path. */
    HTTP_ROUTE("http.route", Form.NAME, Risk.MEDIUM, "serve HTTP below"),
    /** Publishes events. */
    EVENT_PUBLISH("event.publish", Form.NAME, Risk.LOW, "publish events on"),
    /** Receives events. */
    EVENT_SUBSCRIBE("event.subscribe", Form.NAME, Risk.LOW, "receive events on"),
    /** Reads and changes the JVM's management beans. */
    JVM_MANAGEMENT("jvm.management", Form.NONE, Risk.CRITICAL, "manage the Java virtual machine"),
    /** Opens private members of other classes. */
    REFLECT_DEEP("reflect.deep", Form.NONE, Risk.CRITICAL, "open private members of other classes"),
    /** Reads serialised objects. */
    DESERIALIZE("deserialize", Form.NONE, Risk.CRITICAL, "read serialised Java objects"),
    /** Uses memory outside the heap. */
    NATIVE_MEMORY("native.memory", Form.NONE, Risk.CRITICAL, "use memory outside the heap"),
    /** Makes class loaders. */
    CLASSLOADER_CREATE("classloader.create", Form.NONE, Risk.CRITICAL, "make class loaders");

    /** How much harm an act can do; a consent screen's colour. */
    public enum Risk {
        LOW,
        MEDIUM,
        HIGH,
        /** Ends the sandbox: granted only with an administrator's explicit flag. */
        CRITICAL
    }

    private enum Form {
        NONE(""),
        NAME("a name, * for any run of characters but / and **"),
        PATH("a path below ${data}, ${temp} or ${workspace}, or an absolute one; ** for a subtree"),
        ENDPOINT("host:port, with *.domain for a host, n-m or * for ports");

        private final String description;

        Form(String description) {
            this.description = description;
        }
    }

    private static final Pattern PATH = Pattern.compile("(\\$\\{(data|temp|workspace)\\}(/.*)?|/.*)");
    private static final Pattern ENDPOINT =
            Pattern.compile("(unix:/.+|[A-Za-z0-9.*:\\[\\]/-]+:([0-9]+(-[0-9]+)?|\\*)|[0-9]+(-[0-9]+)?)");

    private final String word;
    private final Form form;
    private final Risk risk;
    private final String phrase;

    PermissionKind(String word, Form form, Risk risk, String phrase) {
        this.word = word;
        this.form = form;
        this.risk = risk;
        this.phrase = phrase;
    }

    /** The kind of that word. */
    static PermissionKind ofWord(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Unknown permission '" + word + "'; there are "
                        + Arrays.stream(values()).map(PermissionKind::word).collect(Collectors.joining(", "))));
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

    boolean takesTarget() {
        return form != Form.NONE;
    }

    String targetForm() {
        return form.description;
    }

    void checkTarget(String target) {
        boolean fits = switch (form) {
            case NONE -> false;
            case NAME -> !target.isBlank();
            case PATH -> PATH.matcher(target).matches() && !target.contains("/../") && !target.endsWith("/..");
            case ENDPOINT -> ENDPOINT.matcher(target).matches();
        };
        int lowest = form == Form.PATH ? ' ' : ' ' + 1;
        if (!fits || target.chars().anyMatch(c -> c < lowest || c == 0x7f)) {
            throw new IllegalArgumentException(
                    "Permission " + word + " does not take '" + target + "'; it takes " + form.description);
        }
    }

    boolean covers(String granted, String wanted) {
        return switch (form) {
            case NONE -> true;
            case NAME, PATH -> globMatches(granted, wanted);
            case ENDPOINT -> endpointCovers(granted, wanted);
        };
    }

    private static boolean globMatches(String glob, String text) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            if (c != '*') {
                regex.append(Pattern.quote(String.valueOf(c)));
            } else if (i + 1 < glob.length() && glob.charAt(i + 1) == '*') {
                regex.append(".*");
                i++;
            } else {
                regex.append("[^/]*");
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(text).matches();
    }

    private static boolean endpointCovers(String granted, String wanted) {
        if (granted.equals(wanted)) {
            return true;
        }
        int grantedColon = granted.lastIndexOf(':');
        int wantedColon = wanted.lastIndexOf(':');
        if (grantedColon < 0 || wantedColon < 0 || granted.startsWith("unix:")) {
            return false;
        }
        String host = granted.substring(0, grantedColon);
        String wantedHost = wanted.substring(0, wantedColon);
        boolean hostFits = host.equals("*")
                || host.equalsIgnoreCase(wantedHost)
                || (host.startsWith("*.")
                        && wantedHost.length() >= host.length()
                        && wantedHost.regionMatches(
                                true, wantedHost.length() - host.length() + 1, host, 1, host.length() - 1));
        return hostFits && portsCover(granted.substring(grantedColon + 1), wanted.substring(wantedColon + 1));
    }

    private static boolean portsCover(String granted, String wanted) {
        if (granted.equals("*") || granted.equals(wanted)) {
            return true;
        }
        if (wanted.equals("*")) {
            return false;
        }
        return firstPort(granted) <= firstPort(wanted) && lastPort(wanted) <= lastPort(granted);
    }

    private static int firstPort(String ports) {
        int dash = ports.indexOf('-');
        return Integer.parseInt(dash < 0 ? ports : ports.substring(0, dash));
    }

    private static int lastPort(String ports) {
        return Integer.parseInt(ports.substring(ports.indexOf('-') + 1));
    }
}
