package dev.agentos.web.login;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The cookie that holds the secret of a login. No script reads it, and no other site's page sends it. */
public final class SessionCookie {

    /** Its name. */
    public static final String NAME = "agentos_session";

    private static final String AWAY = "agentos_away";
    private static final Duration AWAY_AT_MOST = Duration.ofMinutes(10);

    private SessionCookie() {}

    /** All its values in those values of the header {@code Cookie}: there should be at most one. */
    public static List<String> of(List<String> headers) {
        return of(NAME, headers);
    }

    /** The same of the cookie that a browser keeps while it is at an identity provider. */
    public static List<String> awayOf(List<String> headers) {
        return of(AWAY, headers);
    }

    private static List<String> of(String name, List<String> headers) {
        List<String> values = new ArrayList<>();
        for (String header : headers) {
            for (String pair : header.split(";", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
                    values.add(pair.substring(equals + 1).strip());
                }
            }
        }
        return values;
    }

    /**
     * The value of {@code Set-Cookie} that gives a browser a secret.
     *
     * @param host the header {@code Host} of the request
     */
    public static String set(String secret, Duration age, String host) {
        return NAME + "=" + secret + "; Path=/; Max-Age=" + age.toSeconds() + "; HttpOnly; SameSite=Strict"
                + (loopback(host) ? "" : "; Secure");
    }

    /** The value of {@code Set-Cookie} for a browser that goes to an identity provider and comes back from there. */
    public static String away(String secret, String host) {
        return away(secret, AWAY_AT_MOST, host);
    }

    /** The value of {@code Set-Cookie} that takes that away. */
    public static String noneAway(String host) {
        return away("", Duration.ZERO, host);
    }

    /** It must come along when another site sends the browser back, which the cookie of a login must not. */
    private static String away(String secret, Duration age, String host) {
        return AWAY + "=" + secret + "; Path=/api/v1/login/oidc; Max-Age=" + age.toSeconds()
                + "; HttpOnly; SameSite=Lax" + (loopback(host) ? "" : "; Secure");
    }

    /** The value of {@code Set-Cookie} that takes it away. */
    public static String none(String host) {
        return set("", Duration.ZERO, host);
    }

    /** On the machine itself a browser may speak without TLS. */
    private static boolean loopback(String host) {
        String name = host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]*$", "");
        return name.equals("localhost") || name.equals("[::1]") || name.matches("127(\\.[0-9]{1,3}){3}");
    }
}
