package dev.agentos.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.outbound.Grants;
import dev.agentos.outbound.Names;
import dev.agentos.outbound.OutboundHttp;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;

/** An identity provider on a port of this machine: discovery, keys, authorization codes with PKCE, tokens. */
public final class TestProvider implements AutoCloseable {

    private record Grant(String challenge, String nonce, String redirect) {}

    private final HttpServer server;
    private final Map<String, Grant> codes = new ConcurrentHashMap<>();

    /** How often the keys were read. */
    public final AtomicInteger keysRead = new AtomicInteger();

    /** How often anything that is not the provider's was asked for. */
    public final AtomicInteger strayed = new AtomicInteger();

    /** The keys that it publishes. */
    public final List<JWK> keys = new CopyOnWriteArrayList<>();

    /** What it does before it hands out its keys. */
    public volatile Runnable beforeKeys = () -> {};

    /** The key that it signs with. */
    public volatile RSAKey signing;

    /** What it says of whoever logs in, besides the usual. */
    public final Map<String, Object> claims = new ConcurrentHashMap<>();

    /** A provider with one key. */
    public TestProvider() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        signing = newKey();
        keys.add(signing.toPublicJWK());
        server.createContext("/", exchange -> {
            strayed.incrementAndGet();
            answer(exchange, 404, JsonObject.EMPTY);
        });
        server.createContext(
                "/.well-known/openid-configuration",
                exchange -> answer(
                        exchange,
                        200,
                        JsonObject.of(
                                "issuer", issuer().toString(),
                                "jwks_uri", issuer() + "/keys",
                                "authorization_endpoint", issuer() + "/authorize",
                                "token_endpoint", issuer() + "/token")));
        server.createContext("/keys", exchange -> {
            keysRead.incrementAndGet();
            beforeKeys.run();
            byte[] body = new JWKSet(keys).toString(true).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/authorize", this::authorize);
        server.createContext("/token", this::token);
        server.start();
    }

    /** Its address. */
    public URI issuer() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** How a server is set to use it. */
    public OidcConfig config(Optional<URI> redirect) {
        return config(redirect, Optional.empty());
    }

    /** The same, and who becomes a member by it. */
    public OidcConfig config(Optional<URI> redirect, Optional<OidcConfig.Join> join) {
        return new OidcConfig(
                issuer(), "agentos", Optional.of("client secret"), "agentos-api", "tenant", "roles", redirect, join);
    }

    /** Reaches addresses of this machine. */
    public static HttpAccess http() {
        Permission all = Permission.of(PermissionKind.NET_CONNECT, "127.0.0.0/8:*");
        Grants grants = new Grants() {
            @Override
            public List<Permission> permissions() {
                return List.of(all);
            }

            @Override
            public void require(Permission act) {}
        };
        return new OutboundHttp(grants, Names.SYSTEM, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    /** A new key of its kind. */
    public static RSAKey newKey() {
        try {
            return new RSAKeyGenerator(2048).keyID(UUID.randomUUID().toString()).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Claims of somebody, good for five minutes. */
    public JWTClaimsSet.Builder good(String audience, Instant now) {
        return new JWTClaimsSet.Builder()
                .issuer(issuer().toString())
                .subject("subject-1")
                .audience(audience)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)));
    }

    /** A token of those claims. */
    public String sign(JWTClaimsSet body) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(signing.getKeyID())
                            .build(),
                    body);
            jwt.sign(new RSASSASigner(signing));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> query = form(exchange.getRequestURI().getRawQuery());
        if (!"code".equals(query.get("response_type"))
                || !"S256".equals(query.get("code_challenge_method"))
                || !"agentos".equals(query.get("client_id"))) {
            answer(exchange, 400, JsonObject.of("error", "invalid_request"));
            return;
        }
        String code = UUID.randomUUID().toString();
        codes.put(
                code,
                new Grant(
                        query.getOrDefault("code_challenge", ""),
                        query.getOrDefault("nonce", ""),
                        query.getOrDefault("redirect_uri", "")));
        exchange.getResponseHeaders()
                .add("Location", query.get("redirect_uri") + "?code=" + code + "&state=" + query.get("state"));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> form = form(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        Grant grant = codes.remove(form.getOrDefault("code", ""));
        String basic = Base64.getEncoder().encodeToString("agentos:client+secret".getBytes(StandardCharsets.UTF_8));
        boolean client = ("Basic " + basic).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (grant == null
                || !client
                || !grant.redirect().equals(form.get("redirect_uri"))
                || !grant.challenge().equals(challenge(form.getOrDefault("code_verifier", "")))) {
            answer(exchange, 400, JsonObject.of("error", "invalid_grant"));
            return;
        }
        JWTClaimsSet.Builder id = good("agentos", Instant.now()).claim("nonce", grant.nonce());
        claims.forEach(id::claim);
        answer(exchange, 200, JsonObject.of("access_token", "x", "token_type", "Bearer", "id_token", sign(id.build())));
    }

    private static String challenge(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> form(String text) {
        Map<String, String> form = new HashMap<>();
        for (String pair : text.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            form.put(parts[0], parts.length > 1 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "");
        }
        return form;
    }

    private static void answer(HttpExchange exchange, int status, JsonObject body) throws IOException {
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
