package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Rows;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.TenantReads;
import dev.agentos.kernel.Ids;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.DatabaseConfig;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.tenancy.Tenants;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/** What it costs a read that the database itself keeps tenants apart; the limit is the same read without. */
final class RowSecurityBenchmark {

    private static final String NAME = "rls";
    private static final Target NEARLY_FREE = Target.share(0.95);

    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;

    RowSecurityBenchmark(Scale scale, Path work, Consumer<Result> out) {
        this.scale = scale;
        this.work = work;
        this.out = out;
    }

    void run() {
        var ids = Ids.system();
        try (var data = DataDirectory.open(work.resolve("rls"), ids);
                var postgres = EmbeddedPostgres.start(data, ids);
                var database = Database.open(
                        new DatabaseConfig.External(postgres.url(), postgres.user(), postgres.password()), ids)) {
            var tenant = new Tenants(database.tenantStore(), ids, InstantSource.system())
                    .create("benchmarks")
                    .id()
                    .value();
            var rows = new Rows(postgres.url(), postgres.user(), postgres.password(), new byte[0], new byte[0]);
            TenantReads.prepare(rows, tenant);
            for (var clients : scale.loop()) {
                var windows = Contest.hold(
                        scale.pace(),
                        List.of(
                                new TenantReads(rows, tenant, false, clients),
                                new TenantReads(rows, tenant, true, clients)));
                out.accept(Result.of(
                                NAME,
                                "reads-" + clients,
                                "reads/s",
                                windows.getLast().perSecond())
                        .against(windows.getFirst().perSecond())
                        .reaching(NEARLY_FREE));
            }
        }
    }
}
