package dev.agentos.persistence;

import dev.agentos.invocation.TenantPlugin;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.Sealing.TenantOwned;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactions;
import dev.agentos.redaction.Redactor;
import dev.agentos.secrets.KeyRing;
import dev.agentos.secrets.Rotations;
import dev.agentos.secrets.Vault;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What one server has to do with secrets, on a real PostgreSQL. */
final class SecretsFixture {

    static final Rotations.Wanted KEK = new Rotations.Wanted(Optional.empty(), false, false);
    static final Rotations.Wanted ALL = new Rotations.Wanted(Optional.empty(), true, false);
    static final String PLUGIN = "mailer";

    final Database database;
    final KeyRing ring;
    final Vault vault;
    final Operations operations;
    final Rotations rotations;
    final Redactions redactions;

    SecretsFixture(Database database, Path directory, String node) {
        this.database = database;
        Ids ids = Ids.system();
        ring = KeyRing.open(Optional.empty(), directory, new SecureRandom());
        vault = new Vault(database.dataKeyStore(), ring, ids, new SecureRandom());
        operations = new Operations(database.operationStore(node), ids, InstantSource.system());
        rotations = new Rotations(database.dataKeyStore(), ring, vault, operations, node, Duration.ZERO);
        redactions = new Redactions(vault, database.tokenStore());
        vault.start();
        rotations.present();
    }

    JsonObject run(Operation operation) throws InterruptedException {
        while (true) {
            Operation now = operations.find(operation.id()).orElseThrow();
            if (now.state().terminal()) {
                return now.result().orElseThrow(() -> new IllegalStateException(String.valueOf(now.failure())));
            }
            Thread.sleep(20);
        }
    }

    private static TenantOwned place(TenantId tenant, String name) {
        return new TenantOwned(tenant.value(), tenant.value() + "/" + PLUGIN + "/" + name);
    }

    void secret(TenantId tenant, String name, String text) {
        keep(tenant, name, vault.seal(place(tenant, name), text));
    }

    /** As it was done before there were data keys. */
    void oldSecret(TenantId tenant, String name, String text) {
        keep(tenant, name, vaultless(place(tenant, name), text));
    }

    private String vaultless(TenantOwned place, String text) {
        return SecretCipher.of(keys(), new SecureRandom()).seal(text, place.place());
    }

    private String keys() {
        try {
            return Files.readString(Path.of(ring.source()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void keep(TenantId tenant, String name, String sealed) {
        TenantPlugin before =
                database.tenantPluginStore().find(tenant.value(), PLUGIN).orElse(TenantPlugin.UNSET);
        Map<String, String> secrets = new TreeMap<>(before.secrets());
        secrets.put(name, sealed);
        TenantPlugin next = new TenantPlugin(
                true, JsonObject.EMPTY, secrets, Optional.empty(), before.revision() + 1, Instant.EPOCH);
        boolean stored = database.tenantPluginStore()
                .put(tenant.value(), PLUGIN, next, before.revision())
                .isPresent();
        if (!stored) {
            throw new IllegalStateException("Somebody else has changed the settings");
        }
    }

    String open(TenantId tenant, String name) {
        String sealed = Optional.ofNullable(database.tenantPluginStore()
                        .find(tenant.value(), PLUGIN)
                        .orElseThrow()
                        .secrets()
                        .get(name))
                .orElseThrow();
        return vault.open(place(tenant, name), sealed);
    }

    List<String> tokens(TenantId tenant, String text) {
        Redactor redactor = redactions
                .redactor(
                        tenant.value(), List.of(new RedactionTerms(List.of("email"), Map.of(), RedactionMode.TOKENISE)))
                .orElseThrow();
        redactor.text(text);
        redactions.keep(tenant.value(), redactor);
        return redactor.tokens().stream().map(Redactor.Token::token).toList();
    }

    List<String> revealed(TenantId tenant, List<String> tokens) {
        return redactions.reveal(tenant.value(), tokens).values().stream()
                .map(Redactor.Token::value)
                .sorted()
                .toList();
    }
}
