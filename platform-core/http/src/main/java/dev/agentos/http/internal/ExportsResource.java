package dev.agentos.http.internal;

import dev.agentos.kernel.Page;
import dev.agentos.retention.Erasures;
import dev.agentos.retention.Export;
import dev.agentos.retention.Exports;
import dev.agentos.retention.Retention;
import dev.agentos.retention.Whose;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.HandOver;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Called;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that is kept of a tenant, or of a person of it, as a file. */
@Path("tenants/{tenant}/exports")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class ExportsResource {

    private final Exports exports;
    private final Erasures erasures;
    private final Tenants tenants;
    private final PrincipalNames names;

    /** The resource of those exports. */
    @Inject
    public ExportsResource(Retention retention, Tenants tenants, PrincipalNames names) {
        this.names = names;
        this.exports = retention.exports();
        this.erasures = retention.erasures();
        this.tenants = tenants;
    }

    /** Begins one. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.DATA_EXPORT)
    @Describes(
            id = "createExport",
            summary = "Begin to make a file with all that is kept of a tenant or, with 'principal', of what that began;"
                    + " it is there for a day",
            request = "ExportCreate",
            response = "Export",
            status = 202)
    public Response create(
            @Context ContainerRequestContext request, @PathParam("tenant") String named, JsonObject body) {
        TenantId tenant = tenant(request, named);
        Fields fields = Fields.of(body, "ExportCreate");
        Whose whose = fields.has("principal") ? erasures.meant(tenant, principal(fields)) : Whose.of(tenant);
        Export export = exports.start(whose, Caller.of(request).principal().id());
        return Response.accepted(view(export))
                .header("Location", "/api/v1/tenants/" + tenant + "/exports/" + export.id())
                .build();
    }

    /** Lists them. */
    @GET
    @RequiresScope(Scope.DATA_EXPORT)
    @Describes(id = "listExports", summary = "List the exports that are there", response = "ExportPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("exports", limit, cursor);
        Page<Export> found = exports.list(tenant(request, tenant), paging.request());
        Called called =
                Called.of(names, request, found.items().stream().flatMap(one -> one.whose().principal().stream()));
        return paging.answer(found, one -> called.beside(view(one), "principal"));
    }

    /** Shows one. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.DATA_EXPORT)
    @Describes(id = "getExport", summary = "Show an export and whether its file is ready", response = "Export")
    public JsonObject find(
            @Context ContainerRequestContext request, @PathParam("tenant") String tenant, @PathParam("id") String id) {
        return view(exports.require(tenant(request, tenant), id));
    }

    /** Hands the file out. */
    @GET
    @Path("{id}/file")
    @Produces("application/zip")
    @RequiresScope(Scope.DATA_EXPORT)
    @Audited
    @Describes(id = "downloadExport", summary = "The file of an export: a ZIP of JSON Lines with a manifest")
    public Response download(
            @Context ContainerRequestContext request, @PathParam("tenant") String tenant, @PathParam("id") String id) {
        Export export = exports.requireReady(tenant(request, tenant), id);
        HandOver file = (in, out) -> {
            out.setStatus(200);
            out.setContentType("application/zip");
            out.setContentLengthLong(export.file().bytes());
            out.setHeader("Content-Disposition", "attachment; filename=\"" + export.id() + ".zip\"");
            out.setHeader(
                    "Repr-Digest",
                    "sha-256=:"
                            + Base64.getEncoder()
                                    .encodeToString(HexFormat.of()
                                            .parseHex(export.file().sha256()))
                            + ":");
            exports.writeTo(export, out.getOutputStream());
        };
        return file.from(request);
    }

    /** Removes one. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.DATA_EXPORT)
    @Describes(id = "deleteExport", summary = "Remove an export and its file before its time", status = 204)
    public void delete(
            @Context ContainerRequestContext request, @PathParam("tenant") String tenant, @PathParam("id") String id) {
        exports.delete(tenant(request, tenant), id);
    }

    /** The field that names a principal, whether it is one that is known or was. */
    static String principal(Fields fields) {
        String principal = fields.requiredText("principal", 200);
        if (!principal.matches("[A-Za-z0-9_.:@-]+")) {
            throw Fields.invalid("principal", "is not the id of a principal, as in key_…");
        }
        return principal;
    }

    private TenantId tenant(ContainerRequestContext request, String named) {
        return Caller.of(request).tenant(tenants, named);
    }

    private static JsonObject view(Export export) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", export.id());
        members.put("tenant", export.tenant().value());
        export.whose().principal().ifPresent(principal -> members.put("principal", principal));
        members.put("state", export.state().name());
        members.put("operation", export.operation());
        members.put("requestedBy", export.requestedBy());
        if (export.state() == Export.State.READY) {
            members.put("bytes", export.file().bytes());
            members.put("sha256", export.file().sha256());
            members.put("contents", export.file().contents());
        }
        members.put("createdAt", Views.time(export.createdAt()));
        members.put("expiresAt", Views.time(export.expiresAt()));
        return Views.object(members);
    }
}
