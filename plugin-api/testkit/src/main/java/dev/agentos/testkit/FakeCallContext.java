package dev.agentos.testkit;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.FileSpace;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.KeyValueState;
import dev.agentos.spi.Models;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.Tools;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A call's context for tests: a small host in memory. Models and tools are those of the extensions given to
 * {@link #offering}; files and state are kept here; events are recorded. Everything is granted until {@link #granting}
 * says what is. Safe for use by several threads.
 */
public final class FakeCallContext implements CallContext {

    /** An event that the plugin emitted. */
    public record Event(String name, JsonObject data) {}

    private final MapState state = new MapState();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final List<ExtensionPoint> extensions = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private Optional<List<Permission>> grants = Optional.empty();
    private JsonObject configuration = JsonObject.EMPTY;
    private PluginContext plugin = FakePluginContext.of("plugin-test");
    private String tenant = "tnt_test";
    private Optional<String> execution = Optional.of("exe_test");
    private Instant deadline = Instant.now().plus(Duration.ofMinutes(5));
    private boolean cancelled;

    private FakeCallContext() {}

    /** A context of the tenant {@code tnt_test} with a deadline in five minutes and nothing in it. */
    public static FakeCallContext create() {
        return new FakeCallContext();
    }

    /** Makes the call on behalf of another tenant. */
    public synchronized FakeCallContext forTenant(String name) {
        tenant = name;
        return this;
    }

    /** Makes the call outside an execution. */
    public synchronized FakeCallContext outsideExecution() {
        execution = Optional.empty();
        return this;
    }

    /** Sets the configuration in force. */
    public synchronized FakeCallContext configured(JsonObject other) {
        configuration = other;
        return this;
    }

    /** Sets the plugin's context as the tenant has it. */
    public synchronized FakeCallContext with(PluginContext context) {
        plugin = context;
        return this;
    }

    /** Sets the deadline. */
    public synchronized FakeCallContext until(Instant instant) {
        deadline = instant;
        return this;
    }

    /** Adds extensions whose models and tools the call may use; they are not started. */
    public synchronized FakeCallContext offering(ExtensionPoint... offered) {
        extensions.addAll(List.of(offered));
        return this;
    }

    /** Adds a file of the workspace in UTF-8. */
    public FakeCallContext withFile(String path, String text) {
        return withFile(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a file of the workspace. */
    public synchronized FakeCallContext withFile(String path, byte[] bytes) {
        files.put(path, bytes.clone());
        return this;
    }

    /** Lets the plugin keep no more than so many values of so many bytes of JSON; 10,000 and 64 MiB otherwise. */
    public FakeCallContext keepingAtMost(int values, long bytes) {
        state.limit(values, bytes);
        return this;
    }

    /** Grants these and nothing else; each in its canonical form, as in {@code tool.invoke documents.*}. */
    public synchronized FakeCallContext granting(String... permissions) {
        grants =
                Optional.of(List.of(permissions).stream().map(Permission::parse).toList());
        return this;
    }

    /** Cancels the call: {@link #cancelled()} is true from now on. */
    public synchronized void cancel() {
        cancelled = true;
    }

    /** The events emitted so far, in order. */
    public synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** The data of the events of that name, in order. */
    public List<JsonObject> events(String name) {
        return events().stream()
                .filter(event -> event.name().equals(name))
                .map(Event::data)
                .toList();
    }

    @Override
    public synchronized String tenant() {
        return tenant;
    }

    @Override
    public synchronized Optional<String> execution() {
        return execution;
    }

    @Override
    public synchronized Instant deadline() {
        return deadline;
    }

    @Override
    public synchronized boolean cancelled() {
        return cancelled || !Instant.now().isBefore(deadline);
    }

    @Override
    public String idempotencyKey() {
        return "idk_test";
    }

    @Override
    public synchronized JsonObject configuration() {
        return configuration;
    }

    @Override
    public synchronized PluginContext plugin() {
        return plugin;
    }

    @Override
    public synchronized void emit(String name, JsonObject data) {
        events.add(new Event(name, data));
    }

    @Override
    public Models models() {
        return new WiredModels(this);
    }

    @Override
    public Tools tools() {
        return new WiredTools(this);
    }

    @Override
    public FileSpace files() {
        return new MapFiles();
    }

    @Override
    public MapState state() {
        return state;
    }

    synchronized <T> List<T> offered(Class<T> type) {
        return extensions.stream().filter(type::isInstance).map(type::cast).toList();
    }

    synchronized void check(PermissionKind kind, String target) {
        Permission act = Permission.of(kind, target);
        if (grants.isPresent() && grants.get().stream().noneMatch(grant -> grant.covers(act))) {
            throw failure(
                    "plugin", "PERMISSION_DENIED", ErrorType.DENIED, "The permission " + act + " is not granted.");
        }
    }

    static AgentOsException failure(String origin, String name, ErrorType type, String message) {
        return new AgentOsException(
                ErrorCode.of(origin, name, type, false), message, "Change the test or the plugin under test.");
    }

    /** State in memory, with the bounds of the real one. */
    public static final class MapState implements KeyValueState {

        private final Map<String, JsonValue> values = new TreeMap<>();
        private final Map<String, Integer> sizes = new HashMap<>();
        private int mostValues = 10_000;
        private long mostBytes = 64L << 20;

        private synchronized void limit(int newMostValues, long newMostBytes) {
            mostValues = newMostValues;
            mostBytes = newMostBytes;
        }

        @Override
        public synchronized Map<String, JsonValue> get(Collection<String> keys) {
            Map<String, JsonValue> found = new LinkedHashMap<>();
            for (String key : keys) {
                Optional.ofNullable(values.get(key)).ifPresent(value -> found.put(key, value));
            }
            return found;
        }

        @Override
        public synchronized void put(Map<String, JsonValue> more) {
            Map<String, Integer> then = new HashMap<>(sizes);
            more.forEach((key, value) -> {
                int size = value.toString().getBytes(StandardCharsets.UTF_8).length;
                if (key.length() > 512 || size > 1024 * 1024) {
                    throw failure("plugin", "STATE_TOO_LARGE", ErrorType.USER, "A key or value is too long.");
                }
                then.put(key, size);
            });
            if (then.size() > mostValues
                    || then.values().stream().mapToLong(Integer::longValue).sum() > mostBytes) {
                throw failure("plugin", "STATE_TOO_LARGE", ErrorType.USER, "The plugin wants to keep too much.");
            }
            sizes.putAll(then);
            values.putAll(more);
        }

        @Override
        public synchronized void remove(Collection<String> keys) {
            keys.forEach(key -> {
                values.remove(key);
                sizes.remove(key);
            });
        }

        /** All that is kept, by key. */
        public synchronized Map<String, JsonValue> all() {
            return Map.copyOf(values);
        }
    }

    private final class MapFiles implements FileSpace {

        @Override
        public byte[] read(String path) {
            if (path.startsWith("/") || List.of(path.split("/", -1)).contains("..")) {
                throw failure("plugin", "PERMISSION_DENIED", ErrorType.DENIED, path + " leads out of the workspace.");
            }
            check(PermissionKind.FS_READ, "${workspace}/" + path);
            synchronized (FakeCallContext.this) {
                byte[] bytes = files.get(path);
                if (bytes == null) {
                    throw failure("plugin", "FILE_NOT_FOUND", ErrorType.USER, "There is no file " + path + ".");
                }
                return bytes.clone();
            }
        }

        @Override
        public List<String> list(String folder) {
            check(PermissionKind.FS_READ, "${workspace}/" + folder);
            String prefix = folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/";
            synchronized (FakeCallContext.this) {
                return files.keySet().stream()
                        .filter(path -> path.startsWith(prefix))
                        .toList();
            }
        }
    }
}
