package dev.agentos.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.FakeApiKeyStore;
import dev.agentos.tenancy.FakeRoleStore;
import dev.agentos.tenancy.FakeUserStore;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.TenantStore;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** People and programs who come from an identity provider. */
class OidcLoginTest {

    private final TestProvider provider = new TestProvider();
    private final URI back = URI.create("http://127.0.0.1:7777/api/v1/login/oidc/callback");
    private final OidcLogin login = new OidcLogin(
            provider.config(Optional.of(back)), TestProvider.http(), Ids.system(), InstantSource.system());

    @BeforeEach
    void somebody() {
        provider.claims.putAll(Map.of("email", "ada@example.org", "email_verified", true));
    }

    @AfterEach
    void close() {
        provider.close();
    }

    /** What the provider sends a browser back with. */
    private record Returned(String code, String state) {}

    private static Returned follow(URI to) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) to.toURL().openConnection();
        connection.setInstanceFollowRedirects(false);
        assertThat(connection.getResponseCode()).isEqualTo(302);
        String query = URI.create(connection.getHeaderField("Location")).getQuery();
        return new Returned(
                query.replaceFirst(".*code=([^&]*).*", "$1"), query.replaceFirst(".*state=([^&]*).*", "$1"));
    }

    private static void refused(IdentityErrorCode code, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    @Test
    void whoComesBackIsWhoTheProviderSays() throws Exception {
        OidcLogin.Departure departure = login.depart();
        assertThat(departure.to().toString())
                .startsWith(provider.issuer() + "/authorize?response_type=code")
                .contains("code_challenge_method=S256", "nonce=", "state=")
                .doesNotContain(departure.secret());
        Returned returned = follow(departure.to());
        assertThat(login.arrive(departure.secret(), returned.state(), returned.code())
                        .email())
                .isEqualTo("ada@example.org");
        refused(
                IdentityErrorCode.PROVIDER_UNAVAILABLE,
                () -> login.arrive(departure.secret(), returned.state(), returned.code()));
    }

    @Test
    void aCodeOfAnotherBrowserIsWorthNothing() throws Exception {
        OidcLogin.Departure ours = login.depart();
        OidcLogin.Departure theirs = login.depart();
        Returned returned = follow(theirs.to());
        refused(
                IdentityErrorCode.PROVIDER_REFUSED,
                () -> login.arrive(ours.secret(), returned.state(), returned.code()));
        Returned own = follow(ours.to());
        assertThatThrownBy(() -> login.arrive(ours.secret(), own.state(), returned.code()))
                .as("its verifier is another one")
                .isInstanceOf(AgentOsException.class);
    }

    @Test
    void anotherNonceAudienceOrPartyIsRefused() throws Exception {
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(
                Map.of("nonce", "replayed"),
                Map.of("aud", "another-client"),
                Map.of("aud", List.of("agentos", "another-client")),
                Map.of("azp", "another-client"),
                Map.of("iss", "https://evil.example"))) {
            provider.claims.putAll(wrong);
            OidcLogin.Departure departure = login.depart();
            Returned returned = follow(departure.to());
            assertThatThrownBy(() -> login.arrive(departure.secret(), returned.state(), returned.code()))
                    .as(wrong.toString())
                    .hasMessageContaining("not to be believed");
            wrong.keySet().forEach(provider.claims::remove);
        }
    }

    @Test
    void anAddressThatNobodyVouchesForIsRefused() throws Exception {
        provider.claims.put("email_verified", false);
        OidcLogin.Departure departure = login.depart();
        Returned returned = follow(departure.to());
        refused(
                IdentityErrorCode.PROVIDER_REFUSED,
                () -> login.arrive(departure.secret(), returned.state(), returned.code()));
    }

    @Test
    void aProviderThatIsNotThereIsSaidToBe() {
        provider.close();
        refused(IdentityErrorCode.PROVIDER_UNAVAILABLE, login::depart);
    }

    @Test
    void aBearersTokenStandsForItsTenantRolesAndScopesAndNeverForThePlatform() {
        Tenant acme = new Tenant(new TenantId("tnt_a"), "acme", Instant.EPOCH);
        Tenants tenants = new Tenants(new OneTenant(acme), Ids.system(), InstantSource.system());
        FakeUserStore userStore = new FakeUserStore();
        Users users =
                new Users(userStore, new Roles(new FakeRoleStore(userStore)), Ids.system(), InstantSource.system());
        Credentials credentials = new Credentials(
                        new ApiKeys(new FakeApiKeyStore(), users, Ids.system(), InstantSource.system()),
                        new Logins(new FakeLoginStore(), users, Ids.system(), InstantSource.system()))
                .with(login, tenants, users, new FakeAccountStore(userStore));
        Principal principal = credentials
                .bearer(token(Map.of("tenant", "acme", "roles", List.of("approver", "emperor"), "name", "Ada")))
                .orElseThrow();
        assertThat(principal.tenant()).contains(acme.id());
        assertThat(principal.name()).isEqualTo("Ada");
        assertThat(principal.id()).matches("sub_[0-9a-f]{32}");
        assertThat(principal.scopes()).contains(Scope.APPROVALS_DECIDE).doesNotContain(Scope.GRAPHS_WRITE);
        assertThat(credentials
                        .bearer(token(Map.of("tenant", "tnt_a", "scope", "graphs:write plugins:write openid")))
                        .orElseThrow()
                        .scopes())
                .containsExactly(Scope.GRAPHS_WRITE);
        assertThat(credentials
                        .bearer(token(Map.of("tenant", "acme", "roles", List.of("owner"))))
                        .orElseThrow()
                        .scopes())
                .noneMatch(Scope::platform);
        assertThat(credentials.bearer(token(Map.of("roles", List.of("owner"))))).isEmpty();
        assertThat(credentials.bearer(token(Map.of("tenant", "umbrella", "roles", List.of("owner")))))
                .isEmpty();
        assertThat(credentials.bearer(token(Map.of("tenant", List.of("acme"))))).isEmpty();
        assertThat(credentials.bearer("aos_none")).isEmpty();
    }

    private String token(Map<String, Object> claims) {
        var builder = provider.good("agentos-api", Instant.now());
        claims.forEach(builder::claim);
        return provider.sign(builder.build());
    }

    /** A store of one tenant. */
    private record OneTenant(Tenant tenant) implements TenantStore {

        @Override
        public boolean insert(Tenant other) {
            return false;
        }

        @Override
        public Optional<Tenant> find(TenantId id) {
            return Optional.of(tenant).filter(one -> one.id().equals(id));
        }

        @Override
        public Optional<Tenant> findByName(String name) {
            return Optional.of(tenant).filter(one -> one.name().equals(name));
        }

        @Override
        public Page<Tenant> list(Search search, PageRequest request) {
            return new Page<>(List.of(tenant), Optional.empty());
        }

        @Override
        public boolean delete(TenantId id) {
            return false;
        }
    }
}
