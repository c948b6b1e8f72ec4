package dev.agentos.retention;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Hands out what is kept of a tenant or of a person of it, as a file that is there for a day. */
public final class Exports {

    /** How long a file is there. */
    public static final Duration LIFETIME = Duration.ofHours(24);

    private static final int MOST = 10;
    private static final int ROWS_BETWEEN_REPORTS = 5_000;

    private final ExportStore store;
    private final TenantDataStore data;
    private final ExecutionHistories histories;
    private final TenantFiles files;
    private final Operations operations;
    private final Ids ids;
    private final InstantSource clock;

    /** Exports that are kept there, of what is kept in the others. */
    public Exports(
            ExportStore store,
            TenantDataStore data,
            ExecutionStore executions,
            TenantFiles files,
            Operations operations,
            Ids ids,
            InstantSource clock) {
        this.store = store;
        this.data = data;
        this.histories = new ExecutionHistories(executions, data);
        this.files = files;
        this.operations = operations;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Begins to make a file, and returns at once.
     *
     * @param by the id of the principal that asks
     * @throws AgentOsException {@code retention:EXPORT_EXISTS} when the tenant has ten
     */
    public Export start(Whose whose, String by) {
        String id = ids.next("exp");
        var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        String subject = whose.tenant().value();
        // Its row comes before its operation, which begins at once; the operation is known by the id that it is given.
        String operation = ids.next("op");
        Export export = new Export(
                id, whose, by, operation, Export.State.RUNNING, Export.Made.NOTHING, now, now.plus(LIFETIME));
        if (!store.insert(export, MOST)) {
            throw new AgentOsException(
                    RetentionErrorCode.EXPORT_EXISTS,
                    "The tenant has " + MOST + " exports, which is the most.",
                    "Remove one with DELETE /api/v1/tenants/self/exports/{id}, or wait until one expires.");
        }
        operations.start(operation, "tenant.export", subject, reporter -> make(export, reporter));
        return export;
    }

    private JsonObject make(Export export, Operations.Reporter reporter) throws IOException {
        boolean made = false;
        try {
            Export.Made file = write(export, reporter);
            store.finish(export, Export.State.READY, file);
            made = true;
            return JsonObject.of("export", export.id(), "bytes", file.bytes(), "sha256", file.sha256());
        } finally {
            if (!made) {
                store.finish(export, Export.State.FAILED, Export.Made.NOTHING);
            }
        }
    }

    private Export.Made write(Export export, Operations.Reporter reporter) throws IOException {
        Whose whose = export.whose();
        Map<String, ExportArchive.Rows> kinds = new LinkedHashMap<>();
        for (String kind : data.readable(whose)) {
            kinds.put(kind, row -> data.read(whose, kind, row));
        }
        kinds.put("checkpoints", row -> histories.checkpoints(whose, row));
        kinds.put("states", row -> histories.states(whose, row));
        kinds.put("events", row -> histories.events(whose, row));
        ExportParts parts = new ExportParts(store, export);
        Map<String, Long> contents;
        try (OutputStream out = parts;
                ExportArchive archive = new ExportArchive(out, export)) {
            int done = 0;
            for (Map.Entry<String, ExportArchive.Rows> kind : kinds.entrySet()) {
                Progress progress = new Progress(reporter, done++, kinds.size() + 1, kind.getKey());
                progress.report();
                archive.add(
                        kind.getKey(),
                        row -> kind.getValue().writeTo(text -> {
                            progress.counted();
                            row.accept(text);
                        }));
            }
            reporter.progress(done, kinds.size() + 1, "files");
            if (whose.principal().isEmpty()) {
                files.read(whose.tenant().value(), archive::add);
            }
            contents = archive.contents();
        }
        return new Export.Made(parts.bytes(), parts.sha256(), contents);
    }

    /** Reports now and then, which is also when somebody who has cancelled is heard. */
    private static final class Progress {
        private final Operations.Reporter reporter;
        private final int done;
        private final int total;
        private final String kind;
        private long rows;

        Progress(Operations.Reporter reporter, int done, int total, String kind) {
            this.reporter = reporter;
            this.done = done;
            this.total = total;
            this.kind = kind;
        }

        void counted() {
            if (++rows % ROWS_BETWEEN_REPORTS == 0) {
                report();
            }
        }

        void report() {
            reporter.progress(done, total, rows == 0 ? kind : kind + ": " + rows + " rows");
        }
    }

    /**
     * An export of a tenant.
     *
     * @throws AgentOsException {@code retention:UNKNOWN_EXPORT}
     */
    public Export require(TenantId tenant, String id) {
        return store.find(tenant, id)
                .filter(one -> one.expiresAt().isAfter(clock.instant()))
                .map(this::now)
                .orElseThrow(() -> unknown(id));
    }

    /** Those of a tenant, newest first. */
    public Page<Export> list(TenantId tenant, PageRequest request) {
        Page<Export> page = store.list(tenant, request);
        return new Page<>(
                page.items().stream()
                        .filter(one -> one.expiresAt().isAfter(clock.instant()))
                        .map(this::now)
                        .toList(),
                page.next());
    }

    /** One whose server has stopped meanwhile is not made any more. */
    private Export now(Export export) {
        boolean ended = export.state() == Export.State.RUNNING
                && operations
                        .find(export.operation())
                        .map(Operation::state)
                        .filter(Operation.State::terminal)
                        .isPresent();
        // It may have been finished between the two looks.
        return ended
                ? store.find(export.tenant(), export.id())
                        .filter(one -> one.state() != Export.State.RUNNING)
                        .orElseGet(() -> export.in(Export.State.FAILED))
                : export;
    }

    /**
     * An export whose file can be read.
     *
     * @throws AgentOsException {@code retention:UNKNOWN_EXPORT}, or {@code server:CONFLICT} when it is not ready
     */
    public Export requireReady(TenantId tenant, String id) {
        Export export = require(tenant, id);
        if (export.state() != Export.State.READY) {
            boolean failed = export.state() == Export.State.FAILED;
            throw new AgentOsException(
                    KernelErrorCode.CONFLICT,
                    "The export " + id + (failed ? " has failed." : " is still being made."),
                    failed ? "Start another one." : "Look at its state until it is READY.");
        }
        return export;
    }

    /** Writes the file of an export that is ready, part by part. */
    public void writeTo(Export export, OutputStream out) throws IOException {
        for (int part = 0; ; part++) {
            Optional<byte[]> bytes = store.part(export.tenant(), export.id(), part);
            if (bytes.isEmpty()) {
                return;
            }
            out.write(bytes.get());
        }
    }

    /**
     * Removes an export with its file; one that is being made is stopped.
     *
     * @throws AgentOsException {@code retention:UNKNOWN_EXPORT}
     */
    public void delete(TenantId tenant, String id) {
        Export export = require(tenant, id);
        operations.cancel(export.operation());
        if (!store.delete(tenant, id)) {
            throw unknown(id);
        }
    }

    /** Removes those that have expired. */
    public int expire() {
        return store.expire(clock.instant());
    }

    /** What an export would hold, and an erasure remove: rows by kind, and files. */
    public Map<String, Long> count(Whose whose) {
        Map<String, Long> counts = new LinkedHashMap<>(data.count(whose));
        long here =
                whose.principal().isPresent() ? 0 : files.count(whose.tenant().value());
        if (here > 0) {
            counts.put("files", here);
        }
        return counts;
    }

    private static AgentOsException unknown(String id) {
        return new AgentOsException(
                RetentionErrorCode.UNKNOWN_EXPORT,
                "There is no export '" + id + "', or it has expired.",
                "List them with GET /api/v1/tenants/self/exports, or start another one.");
    }
}
