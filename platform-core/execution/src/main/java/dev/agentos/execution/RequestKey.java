package dev.agentos.execution;

/**
 * What makes a request to start an execution the same as an earlier one, so that it has its effect once. It is kept
 * with the execution, in one transaction, for 24 hours.
 *
 * @param principal whose credential
 * @param route method and path
 * @param value what the client calls the request, 1 to 200 visible characters of ASCII
 * @param fingerprint a digest of what was sent, in hexadecimal
 */
public record RequestKey(String principal, String route, String value, String fingerprint) {

    /** Whether the client calls both the same. */
    public boolean names(RequestKey other) {
        return principal.equals(other.principal) && route.equals(other.route) && value.equals(other.value);
    }

    /** Whether that is a name which a client may give a request. */
    public static boolean valid(String value) {
        return value.matches("[!-~]{1,200}");
    }
}
