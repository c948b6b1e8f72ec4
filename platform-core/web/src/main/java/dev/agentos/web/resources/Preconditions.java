package dev.agentos.web.resources;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.HttpErrorCode;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The condition of an update after RFC 9110: it names the state that the client has seen. */
public final class Preconditions {

    /** The tag of what is not there. */
    public static final String ABSENT = etag(Revisions.NONE);

    private Preconditions() {}

    /** The tag of a state by its revision. */
    public static String etag(long revision) {
        return "\"" + revision + "\"";
    }

    /** The tag of a state that no number tells apart, by what a change replaces of it. */
    public static String digest(String... parts) {
        String text = String.join("\n", parts);
        return "\"" + Digests.sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, 24) + "\"";
    }

    /** The answer that shows a state and its tag. */
    public static Response tagged(JsonObject view, String etag) {
        return Response.ok(view).header("ETag", etag).build();
    }

    /** The answer that shows a state and its tag. */
    public static Response tagged(JsonObject view, long revision) {
        return tagged(view, etag(revision));
    }

    /**
     * Checks {@code If-Match} against what is there.
     *
     * @throws AgentOsException {@code server:PRECONDITION_REQUIRED} without it, {@code server:PRECONDITION_FAILED} when
     *     it names another state
     */
    public static void requireMatch(@Nullable String ifMatch, String etag) {
        if (ifMatch == null) {
            throw new AgentOsException(
                    HttpErrorCode.PRECONDITION_REQUIRED,
                    "This replaces what is there, and the request does not say which state it has seen.",
                    "Send the ETag of your last GET as If-Match, or '*' to replace whatever is there.");
        }
        boolean matches = Arrays.stream(ifMatch.split(",", 20))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(etag));
        if (!matches) {
            throw new AgentOsException(
                    KernelErrorCode.PRECONDITION_FAILED,
                    "It was changed since it was read: its ETag is " + etag + " now.",
                    "Read it again and repeat the change with its new ETag.");
        }
    }

    /**
     * Checks {@code If-Match} against something that may not be there yet; then a client need not say so.
     *
     * @param etag of what is there
     * @throws AgentOsException as {@link #requireMatch}
     */
    public static void check(@Nullable String ifMatch, Optional<String> etag) {
        if (ifMatch != null || etag.isPresent()) {
            requireMatch(ifMatch, etag.orElse(ABSENT));
        }
    }

    /**
     * The revision that a change is to find; empty when the client wants to replace whatever is there. A client says
     * what it has seen, unless nothing is there yet, or it only tries.
     *
     * @param revision what there is now, 0 for nothing
     * @throws AgentOsException as {@link #requireMatch}
     */
    public static Optional<Long> expected(@Nullable String ifMatch, String etag, long revision, boolean dryRun) {
        if (ifMatch != null || (revision > 0 && !dryRun)) {
            requireMatch(ifMatch, etag);
        }
        return any(ifMatch) ? Optional.empty() : Optional.of(revision);
    }

    /**
     * The revision that a change is made to: the one that the client has seen, or whatever is there when it says so.
     *
     * @param revision what there is now, 0 for nothing
     * @throws AgentOsException as {@link #requireMatch}
     */
    public static long seen(@Nullable String ifMatch, long revision, boolean dryRun) {
        return expected(ifMatch, etag(revision), revision, dryRun).orElse(revision);
    }

    /** The revision that is removed; fails as {@link #requireMatch}. */
    public static long removed(@Nullable String ifMatch, long revision) {
        requireMatch(ifMatch, etag(revision));
        return revision;
    }

    /** Whether the client wants to replace whatever is there. */
    private static boolean any(@Nullable String ifMatch) {
        return ifMatch != null && ifMatch.strip().equals("*");
    }
}
