package dev.agentos.http.internal;

import dev.agentos.agents.Protocols;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.RateLimits;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.AuthenticationFilter;
import dev.agentos.web.Caller;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.Problem;
import dev.agentos.web.ProblemAnswer;
import dev.agentos.web.RouteFeature;
import dev.agentos.web.Trace;
import dev.agentos.web.events.EventStreams;
import dev.agentos.web.filters.BodyRoom;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what is below {@value #ROOT} by the protocol that the next part of the path names. Who calls is found out
 * before anything else is looked at; what the plugin does not answer, the server answers with a problem.
 */
public final class ProtocolServlet extends HttpServlet {

    /** Below which protocols are reached. */
    public static final String ROOT = "/protocols/";

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolServlet.class);
    private static final int MOST_BYTES = 8 << 20;

    /** What no plugin gets to see, the credential first, and what steers the connection. */
    private static final Set<String> OF_THE_HOST = Set.of(
            "authorization",
            "proxy-authorization",
            "cookie",
            "agentos-tenant",
            "connection",
            "keep-alive",
            "transfer-encoding",
            "te",
            "trailer",
            "expect",
            "upgrade");

    private final transient Protocols protocols;
    private final transient AuthenticationFilter authentication;
    private final transient RateLimits limits;
    private final transient AuditFeature records;
    private final transient EventStreams streams;
    private final transient BodyRoom room;

    /**
     * Answers who that filter and those limits let in, as long as their credential is good, and keeps a record of each
     * there.
     *
     * @param room what bodies share
     */
    public ProtocolServlet(
            Protocols protocols,
            AuthenticationFilter authentication,
            RateLimits limits,
            AuditFeature records,
            EventStreams streams,
            BodyRoom room) {
        this.room = room;
        this.streams = streams;
        this.limits = limits;
        this.protocols = protocols;
        this.authentication = authentication;
        this.records = records;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ProtocolStream stream = new ProtocolStream(request, response);
        Optional<Caller> known = Optional.empty();
        try {
            List<String> authorizations = values(request, "Authorization");
            Caller caller =
                    authentication.authenticate(authorizations, values(request, AuthenticationFilter.TENANT_HEADER));
            RateFilter.RateHeaders rate = RateFilter.RateHeaders.of(limits, caller);
            rate.write(response::setHeader);
            rate.require();
            known = Optional.of(caller);
            try (EventStreams.Watch _ = streams.watch(
                    List.of(authorizations, caller),
                    () -> authentication.stillLetsIn(authorizations, caller),
                    stream::revoke)) {
                answer(caller, request, response, stream);
            }
        } catch (RuntimeException | VirtualMachineError e) {
            fail(request, response, stream, stream.revoked() ? AuthenticationFilter.ended() : e);
        } finally {
            stream.close();
            known.ifPresent(caller -> records.ofProtocol(
                    caller, request.getMethod(), request.getRequestURI(), response.getStatus(), trace(request)));
        }
    }

    private void answer(Caller caller, HttpServletRequest request, HttpServletResponse response, ProtocolStream stream)
            throws IOException {
        List<String> path = path(request);
        // A body is read for who is there to take it.
        protocols.require(caller.tenant(), path.getFirst());
        try (BodyRoom.Share share = room.share(true)) {
            Protocols.Call call = new Protocols.Call(
                    caller.principal(),
                    caller.tenant(),
                    trace(request).traceId() + "/" + trace(request).spanId(),
                    path.getFirst(),
                    new ProtocolRequest(
                            request.getMethod(),
                            path.subList(1, path.size()),
                            query(request.getQueryString()),
                            headers(request),
                            body(request, share)),
                    stream::gone);
            Optional<ProtocolResponse> answer = protocols.answer(call, stream);
            if (answer.isPresent()) {
                write(response, answer.get());
            }
        }
    }

    private static void write(HttpServletResponse response, ProtocolResponse answer) throws IOException {
        byte[] body = answer.body();
        head(response, answer);
        if (answer.status() != HttpServletResponse.SC_NO_CONTENT
                && answer.status() != HttpServletResponse.SC_NOT_MODIFIED) {
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }

    /** Status and headers. */
    static void head(HttpServletResponse response, ProtocolResponse answer) {
        response.setStatus(answer.status());
        answer.headers().forEach((name, values) -> {
            for (int i = 0; i < values.size(); i++) {
                if (i == 0) {
                    response.setHeader(name, values.get(i));
                } else {
                    response.addHeader(name, values.get(i));
                }
            }
        });
    }

    private static void fail(
            HttpServletRequest request, HttpServletResponse response, ProtocolStream stream, Throwable thrown)
            throws IOException {
        Problem problem = Problem.of(thrown);
        Trace trace = trace(request);
        String path = request.getRequestURI();
        if (problem.defect()) {
            LOG.error("{} {} failed, trace {}", request.getMethod(), path, trace.traceId(), thrown);
        }
        if (stream.cut()) {
            LOG.info(
                    "The answer to {} {} was cut off: {}, trace {}",
                    request.getMethod(),
                    path,
                    problem.failure().code(),
                    trace.traceId());
            return;
        }
        ProblemAnswer.write(problem, trace.traceId(), request, response);
    }

    private static List<String> values(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header));
    }

    private static Trace trace(HttpServletRequest request) {
        if (request.getAttribute(Trace.ATTRIBUTE) instanceof Trace trace) {
            return trace;
        }
        throw new IllegalStateException("The request has no trace");
    }

    /** The parts of the path behind {@value #ROOT}, decoded, the protocol's name first. */
    private static List<String> path(HttpServletRequest request) {
        String path = request.getRequestURI();
        if (!path.startsWith(ROOT)) {
            throw notFound();
        }
        List<String> parts = new ArrayList<>();
        String[] raw = path.substring(ROOT.length()).split("/", -1);
        for (int i = 0; i < raw.length; i++) {
            String part = decoded(raw[i].replace("+", "%2B"));
            if (part.isEmpty() && i == raw.length - 1 && i > 0) {
                break;
            }
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
                throw notFound();
            }
            parts.add(part);
        }
        return parts;
    }

    private static Map<String, List<String>> query(@Nullable String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
                    parameters
                            .computeIfAbsent(name, any -> new ArrayList<>())
                            .add(equals < 0 ? "" : decoded(pair.substring(equals + 1)));
                }
            }
        }
        return parameters;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new AgentOsException(
                    HttpErrorCode.BAD_REQUEST,
                    "The address has a percent sign that is not followed by two hexadecimal digits.",
                    "Encode it anew.",
                    e);
        }
    }

    private static AgentOsException notFound() {
        return new AgentOsException(
                KernelErrorCode.NOT_FOUND,
                "There is nothing at this path.",
                "A protocol's path is " + ROOT + "NAME/ and what the protocol says.");
    }

    private static Map<String, List<String>> headers(HttpServletRequest request) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String name : Collections.list(request.getHeaderNames())) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!OF_THE_HOST.contains(lower)) {
                headers.putIfAbsent(lower, values(request, name));
            }
        }
        return headers;
    }

    private static byte[] body(HttpServletRequest request, BodyRoom.Share share) throws IOException {
        RouteFeature.refuseEncoding(request.getHeader("Content-Encoding"));
        if (request.getContentLengthLong() > MOST_BYTES) {
            throw BodyRoom.tooLarge(MOST_BYTES);
        }
        return share.read(request.getInputStream(), MOST_BYTES);
    }
}
