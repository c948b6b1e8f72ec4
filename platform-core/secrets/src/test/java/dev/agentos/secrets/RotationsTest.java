package dev.agentos.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.Sealing.TenantOwned;
import dev.agentos.secrets.Rotations.Wanted;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotationsTest {

    private static final TenantId ACME = new TenantId("tnt_acme");
    private static final TenantId UMBRELLA = new TenantId("tnt_umbrella");
    private static final Wanted KEK = new Wanted(Optional.empty(), false, false);
    private static final Wanted ALL = new Wanted(Optional.empty(), true, false);

    @TempDir
    private Path directory;

    private final MemoryDataKeyStore store = new MemoryDataKeyStore();

    /** A server's part. */
    private final class Server {
        final Path data;
        final KeyRing ring;
        final Vault vault;
        final OperationStore kept = OperationStore.inMemory();
        final Rotations rotations;

        Server(String name) {
            data = directory.resolve(name);
            data.toFile().mkdirs();
            ring = KeyRing.open(Optional.empty(), data, new SecureRandom());
            vault = new Vault(store, ring, Ids.system(), new SecureRandom());
            rotations = new Rotations(
                    store,
                    ring,
                    vault,
                    new Operations(kept, Ids.system(), InstantSource.system()),
                    name,
                    Duration.ZERO);
        }

        Server started() {
            vault.start();
            rotations.present();
            return this;
        }

        JsonObject run(Operation operation) {
            while (!kept.find(operation.id()).orElseThrow().state().terminal()) {
                Thread.onSpinWait();
            }
            return kept.find(operation.id()).orElseThrow().result().orElseThrow();
        }

        void put(TenantId tenant, String place, String text) {
            store.put(tenant, place, vault.seal(new TenantOwned(tenant.value(), place), text));
        }

        String get(TenantId tenant, String place) {
            return vault.open(new TenantOwned(tenant.value(), place), store.sealed(tenant, place));
        }
    }

    private static void refused(ThrowingCallable work, ErrorCode code) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    private static JsonValue member(JsonObject object, String name) {
        return object.member(name).orElseThrow();
    }

    private static JsonValue number(long value) {
        return JsonValue.of(value);
    }

    @Test
    void opensInItsPlaceAndForItsTenantOnly() {
        Server server = new Server("a").started();
        server.put(ACME, "one", "text");
        server.put(UMBRELLA, "one", "text");
        String sealed = store.sealed(ACME, "one");
        assertThat(server.get(ACME, "one")).isEqualTo("text");
        assertThat(sealed).startsWith("2.dky_").doesNotContain("text");
        for (TenantOwned other : List.of(
                new TenantOwned(ACME.value(), "two"),
                new TenantOwned(UMBRELLA.value(), "one"),
                new TenantOwned(UMBRELLA.value(), "two"))) {
            refused(() -> server.vault.open(other, sealed), KernelErrorCode.SECRET_UNREADABLE);
        }
        // Not even with the other tenant's key named in it.
        String moved = store.sealed(UMBRELLA, "one").replaceAll("\\.[^.]*$", sealed.substring(sealed.lastIndexOf('.')));
        refused(
                () -> server.vault.open(new TenantOwned(UMBRELLA.value(), "one"), moved),
                KernelErrorCode.SECRET_UNREADABLE);
    }

    @Test
    void replacesTheKeyEncryptionKeyAndWhatWasEncryptedWithItDirectly() throws IOException {
        Server server = new Server("a").started();
        String old = server.ring.ids().getFirst();
        server.put(ACME, "one", "first");
        store.put(ACME, "old", server.ring.cipher().seal("second", "old"));
        byte[] naming = server.vault.naming(ACME.value());
        assertThat(member(server.rotations.plan(KEK), "values")).isEqualTo(number(1));
        JsonObject done = server.run(server.rotations.start(KEK));
        assertThat(member(done, "unreadable")).isEqualTo(number(0));
        assertThat(member(done, "values")).isEqualTo(number(1));
        assertThat(server.ring.ids()).hasSize(2).endsWith(old);
        server.rotations.retire(true);
        assertThat(server.ring.ids()).hasSize(2);
        server.rotations.retire(false);
        assertThat(server.ring.ids()).hasSize(1).doesNotContain(old);
        Server again = new Server("a").started();
        assertThat(again.get(ACME, "one")).isEqualTo("first");
        assertThat(again.get(ACME, "old")).isEqualTo("second");
        assertThat(again.vault.naming(ACME.value())).isEqualTo(naming);
        assertThat(Files.readAllLines(again.data.resolve("secrets.key"))).hasSize(1);
    }

    @Test
    void refusesToRetireWhatIsStillNeeded() {
        Server server = new Server("a").started();
        String old = server.ring.ids().getFirst();
        server.run(server.rotations.start(KEK));
        store.put(ACME, "late", server.ring.cipher().seal("text", "late", old));
        refused(() -> server.rotations.retire(false), SecretsErrorCode.KEY_IN_USE);
        assertThat(server.ring.ids()).contains(old);
        assertThat(server.get(ACME, "late")).isEqualTo("text");
    }

    @Test
    void waitsForEveryServerToHaveTheNewKey() throws IOException {
        Server a = new Server("a").started();
        Files.createDirectories(directory.resolve("b"));
        Files.copy(a.data.resolve("secrets.key"), directory.resolve("b/secrets.key"));
        Server b = new Server("b").started();
        a.put(ACME, "one", "text");
        refused(() -> a.rotations.start(KEK), SecretsErrorCode.KEY_NOT_EVERYWHERE);
        List<String> made = a.ring.ids();
        // What is encrypted meanwhile, both can open.
        a.put(UMBRELLA, "one", "between");
        assertThat(b.get(UMBRELLA, "one")).isEqualTo("between");
        refused(() -> a.rotations.start(KEK), SecretsErrorCode.KEY_NOT_EVERYWHERE);
        assertThat(a.ring.ids()).isEqualTo(made);
        Files.writeString(b.data.resolve("secrets.key"), Files.readString(a.data.resolve("secrets.key")));
        b.rotations.present();
        a.run(a.rotations.start(KEK));
        assertThat(a.vault.active()).isEqualTo(made.getFirst());
        b.put(ACME, "two", "of b");
        assertThat(a.get(ACME, "two")).isEqualTo("of b");
        assertThat(b.get(ACME, "one")).isEqualTo("text");
    }

    @Test
    void replacesDataKeysAndFinishesWhatWasCutShort() {
        Server server = new Server("a").started();
        for (int i = 0; i < 500; i++) {
            server.put(ACME, "p" + i, "text " + i);
        }
        assertThat(member(server.run(server.rotations.start(ALL)), "values")).isEqualTo(number(500));
        String second = server.vault.currentKey(ACME).id();
        // As a rotation leaves it that has made the key and ended there.
        server.vault.replace(Optional.of(ACME), DataKey.Purpose.SEAL, Optional.of(second));
        String third = server.vault.currentKey(ACME).id();
        JsonObject finished = server.run(server.rotations.start(new Wanted(Optional.of(ACME.value()), false, false)));
        assertThat(member(finished, "dataKeys")).isEqualTo(number(0));
        assertThat(member(finished, "values")).isEqualTo(number(500));
        assertThat(server.vault.currentKey(ACME).id()).isEqualTo(third);
        assertThat(server.get(ACME, "p499")).isEqualTo("text 499");
        assertThat(member(server.rotations.retire(false), "dataKeys")).isEqualTo(number(2));
        assertThat(server.get(ACME, "p0")).isEqualTo("text 0");
    }

    @Test
    void tellsWhatCannotBeOpenedAndGoesOnWithoutALostKeyWhenAsked() throws IOException {
        Server first = new Server("a").started();
        first.put(ACME, "one", "text");
        first.vault.naming(ACME.value());
        first.rotations.leave();
        Files.delete(first.data.resolve("secrets.key"));
        Server server = new Server("a");
        assertThat(server.vault.start()).isFalse();
        // The file is not made: somebody may have to put the right one there.
        assertThat(server.data.resolve("secrets.key")).doesNotExist();
        refused(() -> server.get(ACME, "one"), KernelErrorCode.SECRET_UNREADABLE);
        refused(() -> server.put(ACME, "two", "text"), KernelErrorCode.SECRET_UNREADABLE);
        refused(() -> server.rotations.start(KEK), SecretsErrorCode.KEY_MISSING);
        assertThat(member(server.run(server.rotations.check()), "unreadable")).isEqualTo(number(1));
        server.run(server.rotations.start(new Wanted(Optional.empty(), false, true)));
        server.run(server.rotations.start(ALL));
        server.put(ACME, "two", "anew");
        assertThat(new Server("a").started().get(ACME, "two")).isEqualTo("anew");
        assertThat(server.vault.naming(ACME.value())).hasSize(32);
        JsonObject checked = server.run(server.rotations.check());
        assertThat(member(checked, "values")).isEqualTo(number(1));
        assertThat(member(checked, "unreadable")).isEqualTo(number(1));
        assertThat(checked.toString()).contains("one").doesNotContain("text");
    }
}
