package dev.agentos.execution;

/** A key was used before for a request with another content. */
public final class RequestKeyReusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A key that names another request. */
    public RequestKeyReusedException() {
        super("The key was used for a request with another content");
    }
}
