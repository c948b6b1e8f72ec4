package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.agentos.http.IdempotencyStore;
import dev.agentos.http.IdempotencyStore.Answer;
import dev.agentos.http.IdempotencyStore.Claim;
import dev.agentos.invocation.TenantPlugin;
import dev.agentos.invocation.TenantPluginStore;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.PluginStore.Change;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Permission;
import dev.agentos.spi.ToolDescription;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins, their state and idempotency keys, on a real PostgreSQL. */
class JdbiPluginStoresIT {

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");
    private static final Duration DAY = Duration.ofDays(1);
    private static final int AT_ONCE = 32;

    private final Database database = PostgresFixture.open();

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void pluginsAreKeptAsTheyWereAndOneOfTwoChangesWins() {
        PluginStore store = database.pluginStore();
        InstalledPlugin plugin = new InstalledPlugin(
                "hello-tool",
                new InstalledPlugin.Release("1.0.0", "ab", List.of(Permission.parse("model.invoke */*"))),
                Optional.of(new InstalledPlugin.Release("0.9.0", "cd", List.of())),
                Optional.of(new InstalledPlugin.Release(
                        "1.1.0", "ef", List.of(), Optional.empty(), Optional.of("0".repeat(64)))),
                true,
                JsonObject.of("b", 1, "a", 2.50),
                true,
                0,
                "op_1");
        assertThat(store.generation()).isZero();
        assertThat(store.commit(0, Change.save(plugin))).isEqualTo(1);
        assertThat(store.list()).singleElement().satisfies(found -> {
            assertThat(found).isEqualTo(plugin.withGeneration(1));
            assertThat(found.configuration()).hasToString(plugin.configuration().toString());
        });
        assertThatThrownBy(() -> store.commit(0, Change.remove("hello-tool")))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.BUSY));
        assertThat(store.list()).hasSize(1);
        assertThat(store.commit(1, Change.remove("hello-tool"))).isEqualTo(2);
        assertThat(store.list()).isEmpty();
        assertThat(store.hasRun("ab")).as("also when it is gone").isTrue();
        assertThat(store.hasRun("ef")).as("it has only waited").isFalse();
    }

    @Test
    void whatToolsSayIsKeptWhateverItIs() {
        PluginStore store = database.pluginStore();
        JsonObject deep = JsonObject.EMPTY;
        for (int level = 0; level < 300; level++) {
            deep = JsonObject.of("x", deep);
        }
        List<ToolDescription> tools = List.of(
                new ToolDescription("a.plain", "Tells.", JsonObject.EMPTY, Effect.PURE),
                new ToolDescription(
                        "a.hostile",
                        "\u0001\u202e\\u0000 \"'",
                        JsonObject.of("\u0001" + "x".repeat(2_000), 1),
                        Effect.PURE),
                new ToolDescription("a.deep", "Deep.", deep, Effect.PURE));
        Map<String, ToolTexts.Agreed> heard = new HashMap<>(ToolTexts.heard(tools));
        heard.put("a.unheard", new ToolTexts.Agreed("ab", Optional.empty()));
        InstalledPlugin plugin = new InstalledPlugin(
                "hello-tool",
                new InstalledPlugin.Release("1.0.0", "ab", List.of(), Optional.of(heard)),
                Optional.empty(),
                Optional.empty(),
                true,
                JsonObject.EMPTY,
                0);
        store.commit(0, Change.save(plugin));
        assertThat(store.list().getFirst().release()).isEqualTo(plugin.release());
        // The next change looks into every row.
        store.commit(1, Change.save(plugin));
        Map<String, ToolTexts.Agreed> kept =
                store.list().getFirst().release().tools().orElseThrow();
        assertThat(Objects.requireNonNull(kept.get("a.plain"))
                        .said()
                        .orElseThrow()
                        .text("description"))
                .contains("Tells.");
        assertThat(Objects.requireNonNull(kept.get("a.deep")).text()).isPresent();
        assertThat(Objects.requireNonNull(kept.get("a.deep")).said())
                .as("deeper than what is read")
                .isEmpty();
    }

    @Test
    void settingsAreEachTenantsOwnAndOneOfTwoChangesWins() {
        database.tenantStore().insert(new Tenant(A, "a", Instant.now()));
        database.tenantStore().insert(new Tenant(B, "b", Instant.now()));
        TenantPluginStore store = database.tenantPluginStore();
        TenantPlugin settings = new TenantPlugin(
                false, JsonObject.of("x", 1), Map.of("KEY", "sealed"), Optional.of(3), 1, Instant.EPOCH);
        assertThat(store.find(A.value(), "p")).isEmpty();
        assertThat(store.put(A.value(), "p", settings, 0)).contains(settings);
        assertThat(store.put(A.value(), "p", settings, 0)).isEmpty();
        assertThat(store.put(A.value(), "p", settings, 7)).isEmpty();
        TenantPlugin open = new TenantPlugin(true, JsonObject.EMPTY, Map.of(), Optional.empty(), 2, Instant.EPOCH);
        assertThat(store.put(A.value(), "p", open, 1)).contains(open);
        assertThat(store.list(A.value())).containsOnlyKeys("p").containsEntry("p", open);
        assertThat(store.list(B.value())).isEmpty();
        assertThat(store.delete(B.value(), "p", 2)).isFalse();
        database.pluginStore().commit(0, Change.remove("p"));
        assertThat(store.find(A.value(), "p")).isEmpty();
        assertThat(store.delete(A.value(), "p", 2)).isFalse();
    }

    @Test
    void whatTenantsHaveSetGoesWithThePlugin() {
        tenants();
        TenantPluginStore store = database.tenantPluginStore();
        TenantPlugin settings = new TenantPlugin(
                true, JsonObject.of("x", 1), Map.of("KEY", "sealed"), Optional.of(3), 1, Instant.EPOCH);
        for (String plugin : List.of("gone", "kept")) {
            store.put(A.value(), plugin, settings, 0);
            store.put(B.value(), plugin, settings, 0);
        }
        database.pluginStore().commit(0, Change.remove("gone"));
        assertThat(store.list(A.value())).containsOnlyKeys("kept");
        assertThat(store.list(B.value())).containsOnlyKeys("kept");
        assertThat(database.platform()
                        .<Long>call(handle -> handle.createQuery(
                                        "SELECT count(*) FROM tenant_plugin_secrets WHERE plugin = 'gone'")
                                .mapTo(Long.class)
                                .one()))
                .isZero();
    }

    private static String sha512(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(bytes));
    }

    private static Change binding(Publishers.Binding binding) {
        return new Change(List.of(), List.of(), List.of(binding), Map.of(), List.of());
    }

    @Test
    void filesAreKeptAsLongAsARowNamesThem(@TempDir Path folder) throws Exception {
        PluginStore store = database.pluginStore();
        byte[] bytes = new byte[2_500_000];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(folder.resolve("some.jar"), bytes);
        Path other = Files.write(folder.resolve("other.jar"), new byte[] {1});
        String kept = sha512(bytes);
        String previous = sha512(new byte[] {1});
        InstalledPlugin plugin = new InstalledPlugin(
                "hello-tool",
                new InstalledPlugin.Release("1.0.0", kept, List.of()),
                Optional.of(new InstalledPlugin.Release("0.9.0", previous, List.of())),
                Optional.empty(),
                true,
                JsonObject.EMPTY,
                0);
        store.commit(
                0, new Change(List.of(plugin), List.of(), List.of(), Map.of(kept, file, previous, other), List.of()));
        assertThatThrownBy(() -> store.commit(
                        1, new Change(List.of(), List.of(), List.of(), Map.of("d".repeat(128), file), List.of())))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.DIGEST_CHANGED));
        Path fetched = folder.resolve("fetched.jar");
        assertThat(store.fetch(kept, fetched)).isTrue();
        assertThat(fetched).hasSameBinaryContentAs(file);
        assertThat(store.fetch("c".repeat(128), fetched)).isFalse();
        InstalledPlugin alone = new InstalledPlugin(
                plugin.id(), plugin.release(), Optional.empty(), Optional.empty(), true, JsonObject.EMPTY, 1);
        store.commit(1, new Change(List.of(alone), List.of(), List.of(), Map.of(kept, file), List.of()));
        assertThat(store.fetch(kept, fetched)).isTrue();
        assertThat(store.fetch(previous, fetched)).isFalse();
        store.commit(2, Change.remove("hello-tool"));
        assertThat(store.fetch(kept, fetched)).isFalse();
    }

    @Test
    void aFileThatWaitsIsKeptUntilItsOperationIsOver(@TempDir Path folder) throws Exception {
        PluginStore store = database.pluginStore();
        OperationStore operations = database.operationStore("node_a");
        byte[] bytes = new byte[1_500_000];
        new Random(11).nextBytes(bytes);
        Path file = Files.write(folder.resolve("plugin.jar"), bytes);
        PluginVersion version = new PluginVersion("waits", "1.0.0", sha512(bytes));
        Operation operation = new Operation(
                "op_waits",
                "plugin.install",
                "waits",
                Operation.State.WAITING,
                new Operation.Progress(0, 0, "Waits"),
                Optional.empty(),
                Optional.empty(),
                Instant.now(),
                Optional.empty());
        operations.insert(operation);
        PluginStore.Waiting waiting =
                new PluginStore.Waiting(operation.id(), version, true, JsonObject.of("acceptAll", true));
        store.await(waiting, Optional.of(file));
        store.await(waiting, Optional.of(file));
        assertThat(store.waiting()).containsExactly(waiting);
        // Other changes leave it alone.
        store.commit(store.generation(), Change.remove("nothing"));
        Path fetched = folder.resolve("fetched.jar");
        assertThat(store.fetch(version.sha512(), fetched)).isTrue();
        assertThat(fetched).hasBinaryContent(bytes);
        operations.update(
                new Operation(
                        operation.id(),
                        operation.kind(),
                        operation.subject(),
                        Operation.State.CANCELLED,
                        operation.progress(),
                        Optional.empty(),
                        Optional.empty(),
                        operation.createdAt(),
                        Optional.of(Instant.now())),
                JsonObject.of("state", "CANCELLED"));
        assertThat(store.waiting()).isEmpty();
        store.commit(store.generation(), Change.remove("nothing"));
        assertThat(store.fetch(version.sha512(), fetched)).isFalse();
        store.forget(operation.id());
    }

    @Test
    void publishersAreKeptAndTheFirstBindingStays() {
        Publishers.Store store = database.publisherStore();
        Instant time = Instant.parse("2026-01-02T03:04:05.678901Z");
        Publishers.Binding first = new Publishers.Binding("hello-tool", "one", "a".repeat(64), time, "");
        Publishers.Binding other =
                new Publishers.Binding("hello-tool", "other", "b".repeat(64), time.plusSeconds(1), "");
        PluginStore plugins = database.pluginStore();
        plugins.commit(0, binding(first));
        plugins.commit(1, binding(first));
        assertThatThrownBy(() -> plugins.commit(2, binding(other)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.BUSY));
        assertThat(plugins.generation()).isEqualTo(2);
        assertThat(store.bindings()).containsExactly(first);
        assertThat(store.bind(other, Optional.empty())).isFalse();
        assertThat(store.bind(other, Optional.of(other))).isFalse();
        assertThat(store.unbind(other)).isFalse();
        assertThat(store.bindings()).containsExactly(first);
        assertThat(store.bind(other, Optional.of(first))).isTrue();
        assertThat(store.bind(first, Optional.of(first))).isFalse();
        assertThat(store.bindings()).containsExactly(other);
        assertThat(store.unbind(other)).isTrue();
        assertThat(store.unbind(other)).isFalse();
        assertThat(store.bindings()).isEmpty();

        Publishers.Revocation lost = new Publishers.Revocation("c".repeat(64), "lost", time);
        store.revoke(lost);
        store.revoke(new Publishers.Revocation("c".repeat(64), "again", time.plusSeconds(9)));
        Publishers.Revocation later = new Publishers.Revocation("d".repeat(64), "stolen", time.plusSeconds(5));
        store.revoke(later);
        assertThat(store.revocations()).containsExactly(later, lost);
    }

    @Test
    void theFirstRegistryIsAddedToABindingAndThenStays() {
        Publishers.Store store = database.publisherStore();
        PluginStore plugins = database.pluginStore();
        Instant time = Instant.parse("2026-01-02T03:04:05.678901Z");
        Publishers.Binding uploaded = new Publishers.Binding("hello-tool", "one", "a".repeat(64), time, "");
        Publishers.Binding first = new Publishers.Binding("hello-tool", "one", "a".repeat(64), time, "1".repeat(64));
        Publishers.Binding second = new Publishers.Binding("hello-tool", "one", "a".repeat(64), time, "2".repeat(64));
        plugins.commit(0, binding(uploaded));
        plugins.commit(1, binding(first));
        assertThat(store.bindings()).containsExactly(first);
        plugins.commit(2, binding(uploaded));
        assertThat(store.bindings()).containsExactly(first);
        assertThatThrownBy(() -> plugins.commit(3, binding(second)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.BUSY));
        assertThat(store.bind(second, Optional.of(first))).isTrue();
        assertThat(store.bindings()).containsExactly(second);
        assertThat(store.unbind(second)).isTrue();
    }

    @Test
    void stateIsApartForTenantsAndPlugins() {
        tenants();
        PluginStateStore store = database.pluginStateStore();
        Map<String, JsonValue> values = Map.of("k", JsonNumber.of(1), "l", JsonObject.of("x", "y"));
        store.put(A.value(), "p", values);
        store.put(A.value(), "p", Map.of("k", JsonNumber.of(2)));
        assertThat(store.get(A.value(), "p", List.of("k", "l", "m")))
                .containsOnly(Map.entry("k", JsonNumber.of(2)), Map.entry("l", JsonObject.of("x", "y")));
        assertThat(store.get(B.value(), "p", List.of("k"))).isEmpty();
        assertThat(store.get(A.value(), "q", List.of("k"))).isEmpty();
        store.remove(A.value(), "p", List.of("k"));
        assertThat(store.get(A.value(), "p", List.of("k", "l"))).containsOnlyKeys("l");
        database.pluginStore().commit(0, Change.remove("p"));
        assertThat(store.get(A.value(), "p", List.of("l"))).isEmpty();
    }

    @Test
    void stateHasABoundForEachPluginAndTenant() {
        tenants();
        PluginStateStore store = database.pluginStateStore();
        Map<String, JsonValue> many = new HashMap<>();
        for (int n = 0; n < PluginStateStore.MOST_VALUES; n++) {
            many.put("k" + n, JsonNumber.of(n));
        }
        store.put(A.value(), "p", many);
        isTooLarge(() -> store.put(A.value(), "p", Map.of("k0", JsonNumber.of(7), "more", JsonNumber.of(1))));
        assertThat(store.get(A.value(), "p", List.of("k0", "more"))).containsOnly(Map.entry("k0", JsonNumber.of(0)));
        store.put(A.value(), "p", Map.of("k0", JsonNumber.of(7)));
        store.put(A.value(), "q", Map.of("more", JsonNumber.of(1)));
        store.put(B.value(), "p", Map.of("more", JsonNumber.of(1)));
        store.remove(A.value(), "p", List.of("k1"));
        store.put(A.value(), "p", Map.of("more", JsonNumber.of(1)));

        byte[] half = new byte[512 * 1024];
        Random random = new Random(1);
        Map<String, JsonValue> large = new HashMap<>();
        for (int n = 0; n < 63; n++) {
            random.nextBytes(half);
            large.put("l" + n, new JsonString(HexFormat.of().formatHex(half)));
        }
        store.put(B.value(), "p", large);
        random.nextBytes(half);
        isTooLarge(() -> store.put(
                B.value(),
                "p",
                Map.of(
                        "a",
                        new JsonString(HexFormat.of().formatHex(half)),
                        "b",
                        new JsonString("x" + HexFormat.of().formatHex(half)))));
        assertThat(store.get(B.value(), "p", List.of("a", "l0"))).containsOnlyKeys("l0");
    }

    @Test
    void noneOfManyAtOnceGoesPastTheBound() throws Exception {
        tenants();
        PluginStateStore store = database.pluginStateStore();
        Map<String, JsonValue> many = new HashMap<>();
        for (int n = 1; n < PluginStateStore.MOST_VALUES; n++) {
            many.put("k" + n, JsonNumber.of(n));
        }
        store.put(A.value(), "p", many);
        List<Callable<Boolean>> puts = new ArrayList<>();
        CyclicBarrier together = new CyclicBarrier(AT_ONCE);
        for (int n = 0; n < AT_ONCE; n++) {
            Map<String, JsonValue> one = Map.of("more" + n, JsonNumber.of(n));
            puts.add(() -> {
                together.await();
                try {
                    store.put(A.value(), "p", one);
                    return true;
                } catch (AgentOsException e) {
                    return false;
                }
            });
        }
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            int kept = 0;
            for (Future<Boolean> put : callers.invokeAll(puts)) {
                kept += put.get() ? 1 : 0;
            }
            assertThat(kept).isEqualTo(1);
        }
    }

    private static void isTooLarge(ThrowingCallable put) {
        assertThatThrownBy(put).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(PluginErrorCode.STATE_TOO_LARGE);
            assertThat(e.getMessage()).contains("Plugin p wanted to keep more than 10000 values or 64 MiB");
        });
    }

    @Test
    void keyHasOneEffectForFiftyCallersAtOnce() throws Exception {
        tenants();
        IdempotencyStore store = database.idempotencyStore();
        IdempotencyStore.Key key = new IdempotencyStore.Key(Optional.of(A), "key_1", "POST /x", "abc");
        Callable<Claim> begin = () -> store.begin(key, "f", DAY, DAY);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Claim>> claims = callers.invokeAll(java.util.Collections.nCopies(50, begin));
            List<Claim.Taken> taken = new ArrayList<>();
            for (Future<Claim> claim : claims) {
                if (claim.get() instanceof Claim.Taken one) {
                    taken.add(one);
                }
            }
            assertThat(taken).hasSize(1);
            assertThat(begin.call()).isInstanceOf(Claim.Running.class);
            assertThat(store.begin(key, "other", DAY, DAY)).isInstanceOf(Claim.Different.class);
            Answer answer = new Answer(201, Map.of("Location", "/y"), Optional.of(JsonObject.of("id", "y")));
            store.complete(key, taken.getFirst().claim(), answer);
            assertThat(begin.call()).isEqualTo(new Claim.Answered(answer));
        }
        assertThat(store.begin(new IdempotencyStore.Key(Optional.of(B), "key_1", "POST /x", "abc"), "f", DAY, DAY))
                .isInstanceOf(Claim.Taken.class);
        IdempotencyStore.Key platform = new IdempotencyStore.Key(Optional.empty(), "key_1", "POST /x", "abc");
        store.abandon(platform, take(store, platform, "f", DAY));
        take(store, platform, "f", Duration.ofMillis(1));
        Awaitility.await().until(() -> store.begin(platform, "g", DAY, DAY) instanceof Claim.Taken);
    }

    @Test
    void aKeyWhoseRequestMayHaveBeenDoneIsNotGivenAnew() {
        IdempotencyStore store = database.idempotencyStore();
        IdempotencyStore.Key key = new IdempotencyStore.Key(Optional.empty(), "key_1", "POST /doubted", "abc");
        store.doubt(key, take(store, key, "f", DAY));
        assertThat(store.begin(key, "f", DAY, DAY)).isEqualTo(new Claim.Uncertain());
        assertThat(store.begin(key, "other", DAY, DAY)).isEqualTo(new Claim.Different());

        IdempotencyStore.Key overdue = new IdempotencyStore.Key(Optional.empty(), "key_1", "POST /overdue", "abc");
        String claim = take(store, overdue, "f", DAY);
        assertThat(store.begin(overdue, "f", DAY, DAY)).isEqualTo(new Claim.Running());
        assertThat(store.begin(overdue, "f", DAY, Duration.ZERO)).isEqualTo(new Claim.Uncertain());
        assertThat(store.begin(overdue, "other", DAY, Duration.ZERO)).isEqualTo(new Claim.Different());
        Answer late = new Answer(201, Map.of(), Optional.empty());
        store.complete(overdue, claim, late);
        assertThat(store.begin(overdue, "f", DAY, Duration.ZERO)).isEqualTo(new Claim.Answered(late));
    }

    @Test
    void whoFinishesLateTouchesNoClaimButItsOwn() {
        IdempotencyStore store = database.idempotencyStore();
        IdempotencyStore.Key key = new IdempotencyStore.Key(Optional.empty(), "key_1", "POST /late", "abc");
        String old = take(store, key, "f", Duration.ZERO);
        Awaitility.await().until(() -> store.begin(key, "g", DAY, DAY) instanceof Claim.Taken);
        store.complete(key, old, new Answer(201, Map.of(), Optional.empty()));
        store.doubt(key, old);
        store.abandon(key, old);
        assertThat(store.begin(key, "g", DAY, DAY)).isEqualTo(new Claim.Running());
    }

    private static String take(
            IdempotencyStore store, IdempotencyStore.Key key, String fingerprint, Duration lifetime) {
        return store.begin(key, fingerprint, lifetime, DAY) instanceof Claim.Taken(String claim)
                ? claim
                : fail(key + " is taken");
    }

    private void tenants() {
        Instant time = Instant.parse("2026-01-01T00:00:00Z");
        database.tenantStore().insert(new Tenant(A, "a", time));
        database.tenantStore().insert(new Tenant(B, "b", time));
    }
}
