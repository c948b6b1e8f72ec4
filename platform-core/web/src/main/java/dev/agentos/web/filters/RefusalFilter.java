package dev.agentos.web.filters;

import dev.agentos.audit.Refusals;
import dev.agentos.audit.Refusals.Refusal;
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
import java.util.Arrays;

/**
 * Counts requests without a valid credential, and those whose credential does not allow them, whichever part of the
 * server refused them; the credential itself is never looked at.
 */
public final class RefusalFilter implements Filter {

    /** The request's attribute with a {@link Refusal} that says more than the answer's status does. */
    public static final String KNOWN = "dev.agentos.refusal";

    private static final int IPV6_NETWORK = 4;

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
                    network(request.getRemoteAddr()),
                    status,
                    ""));
        }
    }

    /** An address, or the network of one of IPv6, of which anybody has more than can be counted. */
    public static String network(String address) {
        String plain = address.replaceAll("[\\[\\]]|%.*", "");
        String[] parts = plain.split(":");
        boolean whole = parts.length == 8 && !plain.contains("::");
        return whole ? String.join(":", Arrays.asList(parts).subList(0, IPV6_NETWORK)) + "::/64" : plain;
    }
}
