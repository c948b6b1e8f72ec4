package dev.agentos.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks signed tokens (JWT) by the best practices of RFC 8725. The algorithm is that of the key, never the token's
 * choice; a key is found by its id among those of the configured provider, and whatever else a token says about keys is
 * not looked at. What can be refused is refused before any key is asked for.
 */
final class Tokens {

    private static final Duration LEEWAY = Duration.ofMinutes(1);
    private static final int LONGEST = 8_192;
    private static final int LONGEST_SUBJECT = 255;
    private static final int FEWEST_RSA_BITS = 2_048;
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256, JWSAlgorithm.EdDSA);
    private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

    /** Before the 32 bytes of an Ed25519 key, this makes what the JDK reads. */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    private final OidcProvider provider;
    private final InstantSource clock;

    Tokens(OidcProvider provider, InstantSource clock) {
        this.provider = provider;
        this.clock = clock;
    }

    /** Whether it looks like a signed token at all. */
    static boolean looksLikeOne(String text) {
        return text.length() <= LONGEST && text.matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    }

    /** What a token says, when the provider has signed it for that audience and it is good now; empty otherwise. */
    Optional<JWTClaimsSet> verified(String token, String audience) {
        if (!looksLikeOne(token)) {
            return Optional.empty();
        }
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            if (!acceptable(jwt.getHeader()) || !current(claims) || !meant(claims, audience)) {
                return Optional.empty();
            }
            Optional<JWK> key = provider.key(jwt.getHeader().getKeyID());
            return key.isPresent() && signed(jwt, key.get()) ? Optional.of(claims) : Optional.empty();
        } catch (ParseException | JOSEException | GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private static boolean acceptable(JWSHeader header) {
        String id = header.getKeyID();
        boolean type = header.getType() == null
                || TYPES.contains(header.getType().getType().toLowerCase(Locale.ROOT));
        return ALGORITHMS.contains(header.getAlgorithm())
                && type
                && (header.getCriticalParams() == null
                        || header.getCriticalParams().isEmpty())
                && header.isBase64URLEncodePayload()
                && id != null
                && id.matches("[A-Za-z0-9._~+/=:-]{1,200}")
                && !id.contains("..");
    }

    private boolean current(JWTClaimsSet claims) {
        Instant now = clock.instant();
        Date end = claims.getExpirationTime();
        return end != null
                && now.isBefore(end.toInstant().plus(LEEWAY))
                && begun(claims.getNotBeforeTime(), now)
                && begun(claims.getIssueTime(), now);
    }

    private static boolean begun(@Nullable Date from, Instant now) {
        return from == null || !from.toInstant().minus(LEEWAY).isAfter(now);
    }

    private boolean meant(JWTClaimsSet claims, String audience) {
        String subject = claims.getSubject();
        return provider.config().issuer().toString().equals(claims.getIssuer())
                && claims.getAudience().contains(audience)
                && subject != null
                && !subject.isBlank()
                && subject.length() <= LONGEST_SUBJECT;
    }

    private static boolean signed(SignedJWT jwt, JWK key) throws JOSEException, GeneralSecurityException {
        JWSAlgorithm algorithm = jwt.getHeader().getAlgorithm();
        boolean forSigning = key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
        if (!forSigning || (key.getAlgorithm() != null && !key.getAlgorithm().equals(algorithm))) {
            return false;
        }
        return switch (key) {
            case RSAKey rsa ->
                algorithm.equals(JWSAlgorithm.RS256)
                        && rsa.size() >= FEWEST_RSA_BITS
                        && jwt.verify(new RSASSAVerifier(rsa.toRSAPublicKey()));
            case ECKey ec ->
                algorithm.equals(JWSAlgorithm.ES256)
                        && ec.getCurve().equals(Curve.P_256)
                        && jwt.verify(new ECDSAVerifier(ec.toECPublicKey()));
            case OctetKeyPair pair ->
                algorithm.equals(JWSAlgorithm.EdDSA)
                        && pair.getCurve().equals(Curve.Ed25519)
                        && edwards(jwt, pair.getX().decode());
            default -> false;
        };
    }

    private static boolean edwards(SignedJWT jwt, byte[] point) throws GeneralSecurityException {
        byte[] encoded = new byte[ED25519.length + point.length];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(point, 0, encoded, ED25519.length, point.length);
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
        signature.update(jwt.getSigningInput());
        return signature.verify(jwt.getSignature().decode());
    }
}
