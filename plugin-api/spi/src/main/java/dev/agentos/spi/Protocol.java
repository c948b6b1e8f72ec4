package dev.agentos.spi;

import java.util.Optional;

/**
 * Extension point: a protocol of other programs under which the server can be reached beside its own API. Its requests
 * pass the same authentication, limits and switches as all others; the plugin translates them and their answers.
 * Offering one needs the granted permission {@code http.route /protocols/NAME/**}.
 */
public interface Protocol extends ExtensionPoint {

    /**
     * The first part of the protocol's paths, behind {@code /protocols/}; unique on the server: a lower-case letter,
     * then lower-case letters, digits and hyphens, at most 63 in all, as in {@code openai}.
     */
    String protocol();

    /** What it speaks and who would want that, in a sentence for administrators. */
    String description();

    /**
     * Answers a request. Runs on a thread of the plugin until the whole answer is given, a streamed one included, and
     * may have as many requests at once as the plugin has threads: 8, or more with {@code thread.pool}.
     *
     * @param request what the client sent, without its credential
     * @param stream for an answer that is written piece by piece
     * @param executions the agents and executions of the tenant that the credential belongs to
     * @return the answer; empty when it was written to the stream
     * @throws AgentOsException answered in the format of the server's own API; a protocol catches what its lent objects
     *     throw and answers in its own
     */
    Optional<ProtocolResponse> answer(
            ProtocolRequest request, ResponseStream stream, TenantExecutions executions, CallContext call);
}
