package dev.agentos.server;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operations;
import dev.agentos.persistence.Database;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.secrets.DataKeyStore;
import dev.agentos.secrets.KeyRing;
import dev.agentos.secrets.Rotations;
import dev.agentos.secrets.SecretsErrorCode;
import dev.agentos.secrets.Vault;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Joins what encrypts secrets. */
record SecretsWiring(Vault vault, Rotations rotations) {

    /** Longer than any server remembers which key encrypts, and than a call reads what it was given. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private static final String VARIABLE = "AGENTOS_SECRETS_KEY";

    static SecretsWiring of(
            Optional<String> setting, DataDirectory data, Database database, Operations operations, Ids ids) {
        SecureRandom random = new SecureRandom();
        KeyRing ring = KeyRing.open(setting, data.path(), random);
        DataKeyStore store = database.dataKeyStore();
        Vault vault = new Vault(store, ring, ids, random);
        return new SecretsWiring(vault, new Rotations(store, ring, vault, operations, data.nodeId(), GRACE));
    }

    /** To be called once when the database can be used. */
    void start() {
        vault.start();
        rotations.present();
    }

    /**
     * Refuses an environment that names the keys twice, or in a file that everybody can read.
     *
     * @throws AgentOsException {@code secrets:TWO_SOURCES} or {@code secrets:KEY_FILE_READABLE}
     */
    static void check(Map<String, String> environment) {
        String file = environment.get(VARIABLE + "_FILE");
        if (file == null) {
            return;
        }
        if (environment.containsKey(VARIABLE)) {
            throw new AgentOsException(
                    SecretsErrorCode.TWO_SOURCES,
                    "Both " + VARIABLE + " and " + VARIABLE + "_FILE are set.",
                    "Leave one of them out.");
        }
        try {
            KeyRing.requirePrivate(Path.of(file));
        } catch (IOException e) {
            // Whoever reads the settings says so.
            return;
        }
    }
}
