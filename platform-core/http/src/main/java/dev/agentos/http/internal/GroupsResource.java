package dev.agentos.http.internal;

import dev.agentos.kernel.Revisions;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.Groups;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.login.ScopeFields;
import dev.agentos.web.resources.Called;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The groups of the caller's tenant. */
@Path("groups")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges(personal = "names")
public final class GroupsResource {

    private static final int LONGEST_DESCRIPTION = 500;

    private final Groups groups;
    private final PrincipalNames names;

    /** The resource of those groups. */
    @Inject
    public GroupsResource(Groups groups, PrincipalNames names) {
        this.names = names;
        this.groups = groups;
    }

    /** Lists the groups. */
    @GET
    @RequiresScope(Scope.USERS_READ)
    @Describes(id = "listGroups", summary = "List the groups of users", response = "GroupPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("groups", limit, cursor)
                .answer(groups.list(Caller.of(request).tenant()), Group::name, GroupsResource::view);
    }

    /** Shows a group. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.USERS_READ)
    @Describes(id = "getGroup", summary = "Show a group with its members", response = "Group")
    public Response find(@Context ContainerRequestContext request, @PathParam("name") String name) {
        Group group = groups.require(Caller.of(request).tenant(), name);
        JsonValue called =
                JsonValue.of(Called.of(names, request, group.members().stream()).names());
        return Preconditions.tagged(view(group).with("names", called), group.revision());
    }

    /** Makes or changes a group. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(
            id = "putGroup",
            summary = "Make a group, or change it: its members have its roles beside their own. Takes If-Match when"
                    + " there is one",
            request = "GroupPut",
            response = "Group")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Caller caller = Caller.of(request);
        Fields fields = Fields.of(body, "GroupPut");
        String description = fields.text("description").orElse("");
        if (description.length() > LONGEST_DESCRIPTION) {
            throw Fields.invalid("description", "has more than " + LONGEST_DESCRIPTION + " characters");
        }
        if (!fields.has("members")) {
            throw Fields.invalid("members", "is missing: the ids of all members");
        }
        Set<String> roles = Set.copyOf(fields.texts("roles"));
        Reach reach = ScopeFields.reach(fields).orElse(Reach.ALL);
        Set<String> members = Set.copyOf(fields.texts("members"));
        long revision = groups.find(caller.tenant(), name).map(Group::revision).orElse(Revisions.NONE);
        long seen = Preconditions.seen(ifMatch, revision, false);
        return answer(groups.put(
                caller.principal(), new Group(caller.tenant(), name, description, roles, reach, members, seen)));
    }

    /** Removes a group. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(
            id = "deleteGroup",
            summary = "Remove a group; its members lose the roles that it gave. Takes If-Match",
            status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        Group before = groups.require(caller.tenant(), name);
        long seen = Preconditions.removed(ifMatch, before.revision());
        groups.delete(caller.principal(), caller.tenant(), name, seen);
    }

    private static Response answer(Group group) {
        return Preconditions.tagged(view(group), group.revision());
    }

    private static JsonObject view(Group group) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", group.name());
        members.put("etag", Preconditions.etag(group.revision()));
        members.put("description", group.description());
        members.put("roles", List.copyOf(group.roles()));
        Views.putAgents(members, group.reach());
        members.put("members", List.copyOf(group.members()));
        return Views.object(members);
    }
}
