package dev.agentos.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Signed tokens, and all that RFC 8725 warns of. */
class TokensTest {

    private static final String AUDIENCE = "agentos-api";

    private Instant now = Instant.now();
    private final TestProvider provider = new TestProvider();
    private final Tokens tokens =
            new Tokens(new OidcProvider(provider.config(Optional.empty()), TestProvider.http(), () -> now), () -> now);

    @AfterEach
    void close() {
        provider.close();
    }

    private boolean accepted(String token) {
        return tokens.verified(token, AUDIENCE).isPresent();
    }

    private JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
        return change.apply(provider.good(AUDIENCE, now)).build();
    }

    private String signed(Consumer<JWSHeader.Builder> header, JWTClaimsSet claims, JWSAlgorithm by, JWSSigner signer)
            throws JOSEException {
        JWSHeader.Builder builder = new JWSHeader.Builder(by).keyID(provider.signing.getKeyID());
        header.accept(builder);
        SignedJWT jwt = new SignedJWT(builder.build(), claims);
        jwt.sign(signer);
        return jwt.serialize();
    }

    private String signed(Consumer<JWSHeader.Builder> header) throws JOSEException {
        return signed(header, claims(c -> c), JWSAlgorithm.RS256, new RSASSASigner(provider.signing));
    }

    @Test
    void whatTheProviderSignedIsBelieved() throws Exception {
        assertThat(accepted(provider.sign(claims(c -> c)))).isTrue();
        assertThat(accepted(signed(h -> h.type(JOSEObjectType.JWT)))).isTrue();
        assertThat(accepted(signed(h -> h.type(new JOSEObjectType("at+jwt"))))).isTrue();
        assertThat(accepted(provider.sign(claims(c -> c.audience(List.of("other", AUDIENCE))))))
                .isTrue();
        assertThat(provider.keysRead).hasValue(1);
    }

    @Test
    void curvesAreBelievedToo() throws Exception {
        ECKey ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
        provider.keys.add(ec.toPublicJWK());
        assertThat(accepted(signed(h -> h.keyID("ec"), claims(c -> c), JWSAlgorithm.ES256, new ECDSASigner(ec))))
                .isTrue();
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = pair.getPublic().getEncoded();
        byte[] point = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
        provider.keys.add(new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point))
                .keyID("ed")
                .build());
        String input = Base64URL.encode("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}") + "."
                + Base64URL.encode(claims(c -> c).toString());
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(input.getBytes(StandardCharsets.US_ASCII));
        String token = input + "." + Base64URL.encode(signature.sign());
        now = now.plusSeconds(61);
        assertThat(accepted(token)).isTrue();
        assertThat(accepted(token.substring(0, token.length() - 6) + "AAAAAA")).isFalse();
    }

    /** None of these may even make the server ask for keys. */
    private Map<String, String> refusedAtSight() throws Exception {
        RSAKey evil = TestProvider.newKey();
        byte[] publicKey = provider.signing.toRSAPublicKey().getEncoded();
        URI elsewhere = URI.create(provider.issuer() + "/evil/keys");
        Map<String, String> vectors = new LinkedHashMap<>();
        vectors.put("alg none", new PlainJWT(claims(c -> c)).serialize());
        vectors.put("alg none, signed", none("none"));
        vectors.put("alg nOnE", none("nOnE"));
        vectors.put("empty signature", signed(h -> {}).replaceFirst("[^.]+$", ""));
        vectors.put(
                "HS256 with the public key as the secret",
                signed(h -> {}, claims(c -> c), JWSAlgorithm.HS256, new MACSigner(publicKey)));
        vectors.put(
                "RS512, which is not among the algorithms",
                signed(h -> {}, claims(c -> c), JWSAlgorithm.RS512, new RSASSASigner(provider.signing)));
        vectors.put("PS256", signed(h -> {}, claims(c -> c), JWSAlgorithm.PS256, new RSASSASigner(provider.signing)));
        vectors.put("no kid", signed(h -> h.keyID(null)));
        vectors.put("kid is a path", signed(h -> h.keyID("../../../etc/passwd")));
        vectors.put("kid is SQL", signed(h -> h.keyID("x' UNION SELECT 'secret' --")));
        vectors.put("kid is a command", signed(h -> h.keyID("|/usr/bin/id")));
        vectors.put("crit", signed(h -> h.criticalParams(Set.of("exp"))));
        vectors.put("typ of another kind", signed(h -> h.type(new JOSEObjectType("secevent+jwt"))));
        vectors.put("typ logout", signed(h -> h.type(new JOSEObjectType("logout+jwt"))));
        vectors.put("expired", provider.sign(claims(c -> c.expirationTime(Date.from(now.minusSeconds(61))))));
        vectors.put("never expires", provider.sign(claims(c -> c.expirationTime(null))));
        vectors.put("not yet", provider.sign(claims(c -> c.notBeforeTime(Date.from(now.plusSeconds(61))))));
        vectors.put("from the future", provider.sign(claims(c -> c.issueTime(Date.from(now.plusSeconds(61))))));
        vectors.put("another audience", provider.sign(claims(c -> c.audience("another-api"))));
        vectors.put("no audience", provider.sign(claims(c -> c.audience((String) null))));
        vectors.put("another issuer", provider.sign(claims(c -> c.issuer("https://evil.example"))));
        vectors.put("issuer with a slash", provider.sign(claims(c -> c.issuer(provider.issuer() + "/"))));
        vectors.put("no issuer", provider.sign(claims(c -> c.issuer(null))));
        vectors.put("no subject", provider.sign(claims(c -> c.subject(null))));
        vectors.put("long subject", provider.sign(claims(c -> c.subject("x".repeat(256)))));
        vectors.put("huge", provider.sign(claims(c -> c.claim("x", "x".repeat(10_000)))));
        vectors.put(
                "jku and another issuer",
                signed(
                        h -> h.keyID(evil.getKeyID()).jwkURL(elsewhere),
                        claims(c -> c.issuer(elsewhere.toString())),
                        JWSAlgorithm.RS256,
                        new RSASSASigner(evil)));
        vectors.put("five parts", "a.b.c.d.e");
        vectors.put("no JSON", "YWJj.YWJj.YWJj");
        vectors.put("not Base64URL", "a+b.c/d.e=f");
        return vectors;
    }

    private String none(String algorithm) {
        return Base64URL.encode("{\"alg\":\"" + algorithm + "\",\"kid\":\"" + provider.signing.getKeyID() + "\"}") + "."
                + Base64URL.encode(claims(c -> c).toString()) + ".AAAA";
    }

    @Test
    void whatCanBeRefusedAtSightIsRefusedWithoutAskingAnybody() throws Exception {
        refusedAtSight()
                .forEach((name, token) -> assertThat(accepted(token)).as(name).isFalse());
        assertThat(provider.keysRead).hasValue(0);
        assertThat(provider.strayed).hasValue(0);
    }

    @Test
    void keysThatATokenBringsAreNotLookedAt() throws Exception {
        assertThat(accepted(provider.sign(claims(c -> c)))).isTrue();
        RSAKey evil = TestProvider.newKey();
        JWSSigner signer = new RSASSASigner(evil);
        URI elsewhere = URI.create(provider.issuer() + "/evil/keys");
        JWTClaimsSet good = claims(c -> c);
        Map<String, String> vectors = new LinkedHashMap<>();
        vectors.put("jwk", signed(h -> h.jwk(evil.toPublicJWK()), good, JWSAlgorithm.RS256, signer));
        vectors.put("jku", signed(h -> h.jwkURL(elsewhere), good, JWSAlgorithm.RS256, signer));
        vectors.put("x5u", signed(h -> h.x509CertURL(elsewhere), good, JWSAlgorithm.RS256, signer));
        vectors.put(
                "jwk and its own kid",
                signed(h -> h.keyID(evil.getKeyID()).jwk(evil.toPublicJWK()), good, JWSAlgorithm.RS256, signer));
        vectors.put("plain forgery", signed(h -> {}, good, JWSAlgorithm.RS256, signer));
        String real = provider.sign(good);
        vectors.put(
                "other claims under a real signature",
                real.replaceFirst(
                        "\\.[^.]+\\.",
                        "." + Base64URL.encode(claims(c -> c.subject("root")).toString()) + "."));
        vectors.forEach((name, token) -> assertThat(accepted(token)).as(name).isFalse());
        assertThat(accepted(signed(h -> h.jwkURL(elsewhere))))
                .as("really signed; what it says beside that leads nowhere")
                .isTrue();
        assertThat(provider.strayed).hasValue(0);
        assertThat(provider.keysRead).hasValue(1);
    }

    @Test
    void aKeyIsUsedForNothingButItsOwnAlgorithmAndPurpose() throws Exception {
        ECKey ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
        ECKey other = new ECKeyGenerator(Curve.P_384).keyID("p384").generate();
        RSAKey encrypting = new RSAKey.Builder(TestProvider.newKey())
                .keyID("enc")
                .keyUse(KeyUse.ENCRYPTION)
                .build();
        RSAKey bound = new RSAKey.Builder(TestProvider.newKey())
                .keyID("bound")
                .algorithm(JWSAlgorithm.PS256)
                .build();
        for (JWK key : List.of(ec, other, encrypting, bound)) {
            provider.keys.add(key.toPublicJWK());
        }
        assertThat(accepted(signed(h -> h.keyID("ec"))))
                .as("RS256 by a curve's id")
                .isFalse();
        assertThat(accepted(signed(h -> {}, claims(c -> c), JWSAlgorithm.ES256, new ECDSASigner(ec))))
                .as("ES256 by an RSA key's id")
                .isFalse();
        assertThat(accepted(
                        signed(h -> h.keyID("enc"), claims(c -> c), JWSAlgorithm.RS256, new RSASSASigner(encrypting))))
                .isFalse();
        assertThat(accepted(signed(h -> h.keyID("bound"), claims(c -> c), JWSAlgorithm.RS256, new RSASSASigner(bound))))
                .isFalse();
    }

    @Test
    void aProviderThatIsAwayIsDoneWithoutForADay() {
        assertThat(accepted(provider.sign(claims(c -> c)))).isTrue();
        provider.close();
        for (int i = 0; i < 3; i++) {
            now = now.plus(Duration.ofHours(7));
            String token = provider.sign(claims(c -> c));
            assertThat(accepted(token)).as("tried and failed").isTrue();
            assertThat(accepted(token)).as("not tried again").isTrue();
        }
        provider.signing = TestProvider.newKey();
        assertThat(accepted(provider.sign(claims(c -> c))))
                .as("a key that is not known")
                .isFalse();
        now = now.plus(Duration.ofHours(24));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> accepted(provider.sign(claims(c -> c))))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(IdentityErrorCode.PROVIDER_UNAVAILABLE));
        }
    }

    @Test
    void whoseKeyIsKnownWaitsForNobodyWhoReadsThemAgain() throws Exception {
        assertThat(accepted(provider.sign(claims(c -> c)))).isTrue();
        now = now.plus(Duration.ofMinutes(61));
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answers = new CountDownLatch(1);
        provider.beforeKeys = () -> {
            asked.countDown();
            try {
                answers.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        String token = provider.sign(claims(c -> c));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> reader = threads.submit(() -> accepted(token));
            asked.await();
            try {
                assertThat(threads.submit(() -> accepted(token)).get(5, TimeUnit.SECONDS))
                        .isTrue();
            } finally {
                answers.countDown();
            }
            assertThat(reader.get(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(provider.keysRead).hasValue(2);
    }

    @Test
    void whoComeFirstAndTogetherWaitForOneReading() throws Exception {
        String token = provider.sign(claims(c -> c));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Boolean> request = () -> accepted(token);
            for (Future<Boolean> one : threads.invokeAll(Collections.nCopies(20, request))) {
                assertThat(one.get()).isTrue();
            }
        }
        assertThat(provider.keysRead).hasValue(1);
    }

    @Test
    void keysRotateAndAnUnknownOneIsAskedForOnceAMinute() {
        String old = provider.sign(claims(c -> c));
        assertThat(accepted(old)).isTrue();
        provider.signing = TestProvider.newKey();
        provider.keys.add(provider.signing.toPublicJWK());
        String next = provider.sign(claims(c -> c));
        for (int i = 0; i < 10; i++) {
            assertThat(accepted(next)).as("within the minute").isFalse();
        }
        assertThat(provider.keysRead).hasValue(1);
        now = now.plusSeconds(60);
        assertThat(accepted(next)).isTrue();
        assertThat(accepted(old)).isTrue();
        provider.keys.removeFirst();
        now = now.plus(Duration.ofMinutes(61));
        String fresh = provider.sign(claims(c -> c));
        assertThat(accepted(fresh)).isTrue();
        assertThat(accepted(old)).as("its key was withdrawn").isFalse();
        assertThat(provider.keysRead).hasValue(3);
    }
}
