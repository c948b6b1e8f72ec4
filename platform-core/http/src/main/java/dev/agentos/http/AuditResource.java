package dev.agentos.http;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoint;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditRecord;
import dev.agentos.audit.AuditStore.Filter;
import dev.agentos.audit.AuditStore.Head;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.HandOver;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Called;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.ServletOutputStream;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The records of the caller's tenant, or those of the platform when an administrator names no tenant. */
@Path("audit")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class AuditResource {

    private static final int AT_ONCE = 500;

    private final Audit audit;
    private final PrincipalNames names;

    @Inject
    AuditResource(Audit audit, PrincipalNames names) {
        this.audit = audit;
        this.names = names;
    }

    /** Lists records. */
    @GET
    @RequiresScope(Scope.AUDIT_READ)
    @Describes(
            id = "listAuditRecords",
            summary = "List what was done, the newest first; 'from' and 'until' are times, 'outcome' as in REFUSED,"
                    + " 'target' is an id or a name",
            response = "AuditPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("actor") @Nullable String actor,
            @QueryParam("action") @Nullable String action,
            @QueryParam("target") @Nullable String target,
            @QueryParam("outcome") @Nullable String outcome,
            @QueryParam("from") @Nullable String from,
            @QueryParam("until") @Nullable String until,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Filter filter = filter(actor, action, target, outcome, from, until);
        Paging paging = Paging.of("audit", limit, cursor);
        long before = paging.request().place(Long.MAX_VALUE);
        List<AuditRecord> found = audit.find(
                Caller.of(request).actingFor(), filter, before, paging.request().limit() + 1);
        Called called = Called.of(
                names, request, found.stream().map(record -> record.entry().actor()));
        return paging.answer(
                Page.of(found, paging.request().limit(), record -> String.valueOf(record.sequence())),
                record -> called.beside(record.toJson(), "actor"));
    }

    /** Tells whether the chain is as it was written. */
    @GET
    @Path("verify")
    @RequiresScope(Scope.AUDIT_READ)
    @Describes(
            id = "verifyAudit",
            summary = "Read the whole chain and tell whether it is as it was written, and if not where; 'sequence' and"
                    + " 'hash' of a record, noted earlier, are compared with it",
            response = "AuditVerification")
    public JsonObject verify(
            @Context ContainerRequestContext request,
            @QueryParam("sequence") @Nullable String sequence,
            @QueryParam("hash") @Nullable String hash) {
        return audit.verify(Caller.of(request).actingFor(), known(sequence, hash))
                .toJson()
                .with("key", audit.checkpoints().publicKey());
    }

    private static Optional<Head> known(@Nullable String sequence, @Nullable String hash) {
        if (sequence == null && hash == null) {
            return Optional.empty();
        }
        if (sequence == null || !sequence.matches("[0-9]{1,18}")) {
            throw Fields.invalid("sequence", "is not the number of a record");
        }
        if (hash == null || !hash.matches("[0-9a-f]{64}")) {
            throw Fields.invalid("hash", "is not 64 hexadecimal digits");
        }
        return Optional.of(new Head(Long.parseLong(sequence), hash));
    }

    /** Lists what was signed. */
    @GET
    @Path("checkpoints")
    @RequiresScope(Scope.AUDIT_READ)
    @Describes(
            id = "listAuditCheckpoints",
            summary = "List the signed checkpoints of the chain, the newest first",
            response = "AuditCheckpointPage")
    public JsonObject checkpoints(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("audit-checkpoints", limit, cursor);
        long before = paging.request().place(Long.MAX_VALUE);
        List<AuditCheckpoint> found = audit.checkpoints()
                .list(Caller.of(request).actingFor(), before, paging.request().limit() + 1);
        return paging.answer(
                Page.of(found, paging.request().limit(), one -> String.valueOf(one.sequence())),
                AuditCheckpoint::toJson);
    }

    /** Signs the chain as it is now. */
    @POST
    @Path("checkpoints")
    @RequiresScope(Scope.AUDIT_READ)
    @Describes(
            id = "makeAuditCheckpoint",
            summary = "Sign the chain as it is now; kept elsewhere, it proves later that nothing before it was changed",
            response = "AuditCheckpoint")
    public JsonObject checkpoint(@Context ContainerRequestContext request) {
        return audit.checkpoints().make(Caller.of(request).actingFor()).toJson();
    }

    /** Streams the chain. */
    @GET
    @Path("export")
    @Produces("application/jsonl")
    @RequiresScope(Scope.AUDIT_READ)
    @Audited
    @Describes(
            id = "exportAudit",
            summary = "The chain in order, whole or what fits, as JSON Lines or, with format=csv, as CSV")
    public Response export(
            @Context ContainerRequestContext request,
            @QueryParam("format") @Nullable String format,
            @QueryParam("actor") @Nullable String actor,
            @QueryParam("action") @Nullable String action,
            @QueryParam("target") @Nullable String target,
            @QueryParam("outcome") @Nullable String outcome,
            @QueryParam("from") @Nullable String from,
            @QueryParam("until") @Nullable String until) {
        if (format != null && !format.equals("jsonl") && !format.equals("csv")) {
            throw Fields.invalid("format", "is neither jsonl nor csv");
        }
        boolean csv = "csv".equals(format);
        Filter filter = filter(actor, action, target, outcome, from, until);
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        HandOver stream = (in, out) -> {
            out.setStatus(200);
            out.setContentType(csv ? "text/csv;charset=utf-8" : "application/jsonl");
            write(tenant, filter, csv, out.getOutputStream());
        };
        return stream.from(request);
    }

    private void write(Optional<TenantId> tenant, Filter filter, boolean csv, ServletOutputStream out)
            throws IOException {
        if (csv) {
            line(out, "chain,sequence,at,actor,action,target,outcome,details,previous,hash");
        }
        long last = 0;
        while (true) {
            List<AuditRecord> batch = audit.read(tenant, filter, last, AT_ONCE);
            for (AuditRecord record : batch) {
                line(out, csv ? csv(record) : jsonl(record));
                last = record.sequence();
            }
            if (batch.size() < AT_ONCE) {
                return;
            }
        }
    }

    /** The entry as it was hashed, so that whoever has the export can verify it. */
    private static String jsonl(AuditRecord record) {
        return Json.write(JsonObject.of(
                "chain", AuditRecord.chain(record.tenant()),
                "sequence", record.sequence(),
                "entry", record.text(),
                "previous", record.previous(),
                "hash", record.hash()));
    }

    private static String csv(AuditRecord record) {
        AuditEntry entry = record.entry();
        return String.join(
                ",",
                Stream.of(
                                AuditRecord.chain(record.tenant()),
                                String.valueOf(record.sequence()),
                                entry.at().toString(),
                                entry.actor(),
                                entry.action(),
                                entry.target().toString(),
                                entry.outcome().name(),
                                entry.details().toString(),
                                record.previous(),
                                record.hash())
                        .map(AuditResource::cell)
                        .toList());
    }

    /** Quoted, and without a beginning that a spreadsheet takes for a formula. */
    private static String cell(String text) {
        boolean formula = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0;
        return "\"" + (formula ? "'" : "") + text.replace("\"", "\"\"") + "\"";
    }

    private static void line(ServletOutputStream out, String text) throws IOException {
        out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static Filter filter(
            @Nullable String actor,
            @Nullable String action,
            @Nullable String target,
            @Nullable String outcome,
            @Nullable String from,
            @Nullable String until) {
        Optional<AuditEntry.Outcome> wanted = Optional.ofNullable(outcome)
                .map(word -> Stream.of(AuditEntry.Outcome.values())
                        .filter(one -> one.name().equals(word))
                        .findFirst()
                        .orElseThrow(() -> Fields.invalid("outcome", "is none of DONE, REFUSED, FAILED")));
        return new Filter(
                Optional.ofNullable(actor),
                Optional.ofNullable(action),
                target(target),
                wanted,
                time("from", from),
                time("until", until));
    }

    /** No record has a target that JSON could not write. */
    private static Optional<String> target(@Nullable String text) {
        return Optional.ofNullable(text).map(AuditEntry::readable);
    }

    private static Optional<Instant> time(String name, @Nullable String text) {
        try {
            return Optional.ofNullable(text)
                    .map(one -> OffsetDateTime.parse(one).toInstant());
        } catch (DateTimeException e) {
            throw Fields.invalid(name, "is not a time of RFC 3339");
        }
    }
}
