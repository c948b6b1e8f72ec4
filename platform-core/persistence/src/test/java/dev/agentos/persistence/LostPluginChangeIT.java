package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.PluginStore.Change;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What was committed although nobody heard of it is told from what was not, or not told of. */
class LostPluginChangeIT {

    @Test
    void theRowsAreThoseThatWereToBeKept() {
        try (Database database = PostgresFixture.open();
                HikariDataSource pool = Pools.forWriting(database.connection(), "losing", 2)) {
            AtomicInteger lost = new AtomicInteger();
            PluginStore losing =
                    new JdbiPluginStore(new PlatformTransactions(LostCommits.of(pool, lost)), database.hints());
            InstalledPlugin row = new InstalledPlugin(
                    "hello-tool",
                    new InstalledPlugin.Release(
                            "1.0.0", "ab", List.of(Permission.parse("model.invoke */*")), Optional.of(Map.of())),
                    Optional.of(new InstalledPlugin.Release("0.9.0", "cd", List.of())),
                    Optional.of(new InstalledPlugin.Release(
                            "1.1.0", "ef", List.of(), Optional.empty(), Optional.of("0".repeat(64)))),
                    true,
                    JsonObject.of("b", 1, "a", 2.50, "c", List.of("x")),
                    true,
                    0,
                    "op_1");
            assertThatThrownBy(() -> losing.commit(0, Change.save(row)))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DATABASE_UNAVAILABLE));
            assertThat(lost).hasValue(1);
            assertThat(losing.generation()).isEqualTo(1);
            assertThat(losing.list()).containsExactly(row.withGeneration(1));
        }
    }

    @Test
    void whatAStopCutShortIsNotSaidToBeUndone() throws Exception {
        try (Database database = PostgresFixture.open();
                Operations stopped = operations(database);
                Operations again = operations(database)) {
            CountDownLatch begun = new CountDownLatch(1);
            Operation cut = stopped.start("plugin.swap", "hello-tool", reporter -> {
                begun.countDown();
                new CountDownLatch(1).await();
                return JsonObject.EMPTY;
            });
            begun.await();
            again.recover();
            assertThat(again.find(cut.id()).orElseThrow().failure().orElseThrow())
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo("server:SHUTTING_DOWN"))
                    .satisfies(failure -> assertThat(failure.message()).doesNotContain("undone"))
                    .satisfies(failure -> assertThat(failure.action()).startsWith("Look what it has changed"));
        }
    }

    private static Operations operations(Database database) {
        return new Operations(database.operationStore("node_a"), Ids.system(), InstantSource.system());
    }
}
