package dev.agentos.web.filters;

import dev.agentos.audit.Refusals;
import dev.agentos.audit.Refusals.Refusal;
import dev.agentos.identity.RemoteAddresses;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.Caller;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Counts requests without a valid credential, and those whose credential does not allow them, whichever part of the
 * server refused them; the credential itself is never looked at.
 */
public final class RefusalFilter implements Filter {

    /** The request's attribute with a {@link Refusal} that says more than the answer's status does. */
    public static final String KNOWN = "dev.agentos.refusal";

    private final Refusals refusals;

    /** Counts there. */
    public RefusalFilter(Refusals refusals) {
        this.refusals = refusals;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        chain.doFilter(request, response);
        int status = ((HttpServletResponse) response).getStatus();
        boolean refused = status == HttpServletResponse.SC_UNAUTHORIZED || status == HttpServletResponse.SC_FORBIDDEN;
        if (!refused || request.getAttribute(AuditFeature.RECORDED) != null) {
            return;
        }
        if (request.getAttribute(KNOWN) instanceof Refusal known) {
            refusals.note(known);
        } else {
            refusals.note(new Refusal(
                    Refusal.REQUEST,
                    Caller.of((HttpServletRequest) request)
                            .map(caller -> caller.principal().id())
                            .orElse(Refusal.NOBODY),
                    RemoteAddresses.network(request.getRemoteAddr()),
                    status,
                    ""));
        }
    }
}
