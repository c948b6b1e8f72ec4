package dev.agentos.web;

import dev.agentos.audit.Audit;
import dev.agentos.kernel.ProcessorTurn;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.glassfish.jersey.message.internal.HttpHeaderReader;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jersey, and what a resource handed over behind it. */
public final class ApiServlet extends ServletContainer {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(ApiServlet.class);
    private static final Set<String> USUAL = Set.of("*/*", "application/json", "text/event-stream");

    private final transient Audit audit;

    /** Serves those resources, and has their changes recorded. */
    public ApiServlet(ResourceConfig resources, Audit audit) {
        super(resources);
        this.audit = audit;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!readable(request)) {
            // Jersey would answer with nothing but the status, before any of its filters.
            UnreadBody.finish(request, response);
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
            return;
        }
        boolean served = false;
        try {
            ProcessorTurn.during(() -> audit.during(() -> {
                super.service(request, new OpenResponse(request, response));
                return true;
            }));
            served = true;
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        } finally {
            if (request.getAttribute(HandOver.ATTRIBUTE) instanceof HandOver rest
                    && (!served || response.isCommitted())) {
                rest.unanswered();
            }
        }
        if (request.getAttribute(HandOver.ATTRIBUTE) instanceof HandOver rest && !response.isCommitted()) {
            answer(rest, request, response);
        }
    }

    /** What fails before anything of the answer is sent is told like any other failure. */
    private static void answer(HandOver rest, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Set<String> given = Set.copyOf(response.getHeaderNames());
        try {
            rest.answer(request, response);
        } catch (RuntimeException e) {
            if (response.isCommitted() || request.isAsyncStarted()) {
                throw e;
            }
            Problem problem = Problem.of(e);
            String traceId = request.getAttribute(Trace.ATTRIBUTE) instanceof Trace trace ? trace.traceId() : "";
            if (problem.defect()) {
                LOG.error("{} {} failed, trace {}", request.getMethod(), request.getRequestURI(), traceId, e);
            }
            response.resetBuffer();
            for (String name : List.copyOf(response.getHeaderNames())) {
                if (!given.contains(name)) {
                    response.setHeader(name, null);
                }
            }
            ProblemAnswer.write(problem, traceId, request, response);
        }
    }

    private static boolean readable(HttpServletRequest request) {
        String content = request.getContentType();
        String accept = request.getHeader("Accept");
        try {
            if (content != null && !USUAL.contains(content)) {
                HttpHeaderReader.readMediaTypes(new ArrayList<>(), content);
            }
            if (accept != null && !USUAL.contains(accept)) {
                HttpHeaderReader.readAcceptMediaType(accept);
            }
            return true;
        } catch (ParseException e) {
            return false;
        }
    }

    /** Keeps Jersey from ending an answer that is to be handed over. */
    private static final class OpenResponse extends HttpServletResponseWrapper {

        private final HttpServletRequest request;

        OpenResponse(HttpServletRequest request, HttpServletResponse response) {
            super(response);
            this.request = request;
        }

        @Override
        public void setContentLength(int length) {
            if (!handedOver()) {
                super.setContentLength(length);
            }
        }

        @Override
        public void setContentLengthLong(long length) {
            if (!handedOver()) {
                super.setContentLengthLong(length);
            }
        }

        @Override
        public void addHeader(String name, String value) {
            if (!handedOver() || !name.equalsIgnoreCase("Content-Length")) {
                super.addHeader(name, value);
            }
        }

        @Override
        public ServletOutputStream getOutputStream() throws IOException {
            return handedOver() ? new Nowhere() : super.getOutputStream();
        }

        @Override
        public void flushBuffer() throws IOException {
            if (!handedOver()) {
                super.flushBuffer();
            }
        }

        private boolean handedOver() {
            return request.getAttribute(HandOver.ATTRIBUTE) != null;
        }
    }

    /** Takes the body that Jersey writes for an answer that is handed over. */
    private static final class Nowhere extends ServletOutputStream {

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("Nothing is written here");
        }

        @Override
        public void write(int octet) {}

        @Override
        public void write(byte[] bytes, int offset, int length) {}
    }
}
