package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.invocation.TenantPlugin;
import dev.agentos.kernel.Ids;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStore.Change;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A plugin that comes under the name of one that was uninstalled finds nothing of it. */
class PluginNameReusedIT {

    private static final TenantId TENANT = new TenantId("tnt_a");

    @Test
    void whatALateCallKeptGoesWithTheInstallationAndNotBefore() {
        try (Database database = Database.open(PostgresFixture.migrated(), Ids.system())) {
            database.tenantStore().insert(new Tenant(TENANT, "a", Instant.parse("2026-01-01T00:00:00Z")));
            keep(database, "p");
            keep(database, "other");

            assertThatThrownBy(() -> database.pluginStore().commit(7, Change.save(row("p", "1.0.0"))))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.BUSY));
            assertThat(kept(database, "p")).as("the installation failed").isTrue();

            database.pluginStore().commit(0, Change.save(row("p", "1.0.0")));
            assertThat(kept(database, "p")).isFalse();
            assertThat(kept(database, "other")).isTrue();

            keep(database, "p");
            database.pluginStore().commit(1, Change.save(row("p", "1.1.0")));
            assertThat(kept(database, "p")).as("an update is no other plugin").isTrue();
        }
    }

    private static void keep(Database database, String plugin) {
        database.pluginStateStore().put(TENANT.value(), plugin, Map.of("k", JsonNumber.of(1)));
        database.tenantPluginStore()
                .put(
                        TENANT.value(),
                        plugin,
                        new TenantPlugin(true, JsonObject.EMPTY, Map.of(), Optional.empty(), 1, Instant.EPOCH),
                        0);
    }

    private static boolean kept(Database database, String plugin) {
        boolean state = !database.pluginStateStore()
                .get(TENANT.value(), plugin, List.of("k"))
                .isEmpty();
        assertThat(database.tenantPluginStore().find(TENANT.value(), plugin).isPresent())
                .isEqualTo(state);
        return state;
    }

    private static InstalledPlugin row(String plugin, String version) {
        return new InstalledPlugin(
                plugin,
                new InstalledPlugin.Release(version, "ab", List.of()),
                Optional.empty(),
                Optional.empty(),
                true,
                JsonObject.EMPTY,
                false,
                0,
                "");
    }
}
