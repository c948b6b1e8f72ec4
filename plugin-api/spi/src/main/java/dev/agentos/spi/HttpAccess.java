package dev.agentos.spi;

/**
 * Requests over HTTP and HTTPS that the host makes for the plugin. Each needs the granted permission {@code net.connect
 * host:port}.
 *
 * <p>The host looks the name up once, checks every address that it finds, and connects to one of those. Addresses that
 * are not public (loopback, private, link-local, multicast, those of cloud metadata) are refused unless a grant names
 * them by address or block; a grant of {@code localhost} names the loopback addresses. The server's certificate is
 * checked for the host's name. Up to five redirects are followed, each of which needs its own grant; none leads from
 * HTTPS to HTTP, and on the way to another origin the headers stay behind that could carry credentials. Every request
 * has a connection of its own, which is closed when the response has been read, when the time is over, and when the
 * calling thread is interrupted, as it is at the deadline of a call and when the call is cancelled.
 */
public interface HttpAccess {

    /**
     * Sends a request and reads the whole response. Any status is a response: look at {@link HttpResponse#successful}.
     *
     * @throws AgentOsException {@code plugin:PERMISSION_DENIED} without a covering grant, and
     *     {@code http:ADDRESS_REFUSED}, {@code http:NO_SUCH_HOST}, {@code http:UNREACHABLE},
     *     {@code http:CERTIFICATE_REFUSED}, {@code http:TIMED_OUT}, {@code http:RESPONSE_TOO_LARGE},
     *     {@code http:INVALID_RESPONSE}, {@code http:REDIRECT_REFUSED}, {@code http:INTERRUPTED}
     */
    HttpResponse send(HttpRequest request);

    /**
     * Sends a request and hands the response's body on while it comes; fails as {@link #send(HttpRequest)} does, also
     * in the middle.
     *
     * @param listener called on this thread; what it throws ends the request
     * @return the response with an empty body
     */
    HttpResponse send(HttpRequest request, HttpListener listener);
}
