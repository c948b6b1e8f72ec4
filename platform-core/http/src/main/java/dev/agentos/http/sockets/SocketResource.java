package dev.agentos.http.sockets;

import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.HandOver;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.events.Follower;
import dev.agentos.web.filters.CrossSite;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/**
 * Opens sockets. The handshake is a request like any other: who calls, from which page, and how often is checked before
 * it is answered.
 */
@Path("ws")
@Singleton
public final class SocketResource {

    private final Sockets sockets;

    /** Opens those sockets. */
    @Inject
    public SocketResource(Sockets sockets) {
        this.sockets = sockets;
    }

    /**
     * Opens a socket.
     *
     * @param accessToken a key, read where the caller is found out
     */
    @GET
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "openSocket",
            summary = "Open a WebSocket on which the events of any number of executions are followed: send texts like"
                    + " SocketRequest, receive texts like SocketMessage. A browser, which cannot send the header"
                    + " Authorization, may send its key in the query as 'access_token'",
            status = 101,
            response = "SocketMessage")
    public Response open(
            @Context ContainerRequestContext request, @QueryParam("access_token") @Nullable String accessToken) {
        CrossSite.requireKnownOrigin(request::getHeaderString, sockets.origins());
        requireHandshake(request);
        Caller caller = Caller.of(request);
        EventSocket.Visitor visitor = new EventSocket.Visitor(
                caller.tenant(),
                caller.principal(),
                Caller.reach(request),
                Follower.of(request, "", sockets.tenants()));
        HandOver socket = (in, out) -> upgrade(in, out, new EventSocket(sockets, visitor));
        return socket.from(request);
    }

    private static void requireHandshake(ContainerRequestContext request) {
        if (!names(request, "Upgrade", "websocket") || !names(request, "Connection", "upgrade")) {
            throw refused(
                    "This address speaks WebSocket alone, and the request does not ask for it.",
                    "Open it with a WebSocket client, or follow one execution with GET"
                            + " /api/v1/executions/{id}/events.");
        }
        String key = Objects.requireNonNullElse(request.getHeaderString("Sec-WebSocket-Key"), "");
        if (!names(request, "Sec-WebSocket-Version", "13") || key.isBlank()) {
            throw refused(
                    "The request asks for a WebSocket, but not as version 13 of the protocol says.",
                    "Use a client after RFC 6455.");
        }
    }

    private static boolean names(ContainerRequestContext request, String header, String wanted) {
        String value = Objects.requireNonNullElse(request.getHeaderString(header), "");
        return List.of(value.toLowerCase(Locale.ROOT).split("\\s*,\\s*", -1)).contains(wanted);
    }

    private static AgentOsException refused(String message, String action) {
        return new AgentOsException(HttpErrorCode.BAD_REQUEST, message, action);
    }

    private static void upgrade(HttpServletRequest request, HttpServletResponse response, EventSocket socket)
            throws IOException {
        ServletContextRequest core = ServletContextRequest.getServletContextRequest(request);
        ServerWebSocketContainer container =
                Objects.requireNonNull(ServerWebSocketContainer.get(core.getContext()), "sockets are not set up");
        boolean upgraded;
        try (Blocker.Callback answered = Blocker.callback()) {
            upgraded = container.upgrade(
                    (asked, answer, callback) -> {
                        // What is compressed costs memory for each client, and may be far more than it seems.
                        answer.setExtensions(List.of());
                        return socket;
                    },
                    core,
                    core.getServletContextResponse(),
                    answered);
            if (upgraded) {
                answered.block();
            } else {
                answered.succeeded();
            }
        }
        if (!upgraded) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
        }
    }
}
