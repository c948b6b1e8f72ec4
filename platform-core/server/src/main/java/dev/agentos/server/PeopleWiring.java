package dev.agentos.server;

import dev.agentos.http.HttpServices;
import dev.agentos.identity.AccountStore;
import dev.agentos.identity.Accounts;
import dev.agentos.identity.Credentials;
import dev.agentos.identity.LoginStore;
import dev.agentos.identity.Logins;
import dev.agentos.identity.OidcConfig;
import dev.agentos.identity.OidcLogin;
import dev.agentos.identity.Passwords;
import dev.agentos.kernel.Ids;
import dev.agentos.outbound.Grants;
import dev.agentos.outbound.Names;
import dev.agentos.outbound.OutboundHttp;
import dev.agentos.persistence.Database;
import dev.agentos.secrets.Rotations;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Principals;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Subjects;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import dev.agentos.web.resources.CursorSeal;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;

/** Joins what says who somebody is and what they may do. */
record PeopleWiring(
        Tenants tenants,
        ApiKeys keys,
        HttpServices.People services,
        HttpServices.Emergency emergency,
        Subjects subjects) {

    /** All of it, kept in that database. */
    static PeopleWiring of(Database database, Optional<OidcConfig> config, Ids ids, InstantSource clock) {
        Optional<OidcLogin> provider = provider(config, ids, clock);
        Tenants tenants = new Tenants(database.tenantStore(), ids, clock);
        Users users =
                new Users(database.userStore(), new Roles(database.roleStore()), database.groupStore(), ids, clock);
        ApiKeys keys = new ApiKeys(database.apiKeyStore(), users, ids, clock);
        LoginStore loginStore = database.loginStore();
        Logins logins = new Logins(loginStore, users, ids, clock);
        AccountStore accountStore = database.accountStore();
        Accounts accounts =
                new Accounts(accountStore, loginStore, logins, new Passwords(new SecureRandom()), users, ids, clock);
        Credentials credentials = credentials(new Credentials(keys, logins), provider, tenants, users, accountStore);
        return new PeopleWiring(
                tenants,
                keys,
                new HttpServices.People(
                        users,
                        accounts,
                        credentials,
                        provider,
                        new PrincipalNames(keys, users, accountStore, accountStore)),
                reserved(database, provider, ids, clock),
                accountStore);
    }

    /** What those may do now who began executions. */
    Principals principals() {
        return new Principals(keys, services.users(), subjects);
    }

    /** What the API asks who may do what. */
    HttpServices.Access access(HttpServices.Control control, Rotations secretsKeys, CursorSeal cursors) {
        return new HttpServices.Access(tenants, keys, services, control, emergency, secretsKeys, cursors);
    }

    /** For what must be let in whatever ordinary work does. */
    private static HttpServices.Emergency reserved(
            Database database, Optional<OidcLogin> provider, Ids ids, InstantSource clock) {
        Tenants tenants = new Tenants(database.reservedTenantStore(), ids, clock);
        Users users = new Users(
                database.reservedUserStore(),
                new Roles(database.reservedRoleStore()),
                database.reservedGroupStore(),
                ids,
                clock);
        ApiKeys keys = new ApiKeys(database.reservedApiKeyStore(), users, ids, clock);
        AccountStore accounts = database.reservedAccountStore();
        Credentials own = new Credentials(keys, new Logins(database.reservedLoginStore(), users, ids, clock));
        return new HttpServices.Emergency(
                tenants,
                credentials(own, provider, tenants, users, accounts),
                new PrincipalNames(keys, users, accounts, accounts));
    }

    private static Credentials credentials(
            Credentials own, Optional<OidcLogin> provider, Tenants tenants, Users users, AccountStore accounts) {
        return provider.map(one -> own.with(one, tenants, users, accounts)).orElse(own);
    }

    /** The identity provider that was set, if one was. */
    private static Optional<OidcLogin> provider(Optional<OidcConfig> config, Ids ids, InstantSource clock) {
        return config.map(one -> new OidcLogin(
                one,
                new OutboundHttp(
                        new ProviderGrants(), Names.SYSTEM, () -> (SSLSocketFactory) SSLSocketFactory.getDefault()),
                ids,
                clock));
    }

    /** An administrator has set the provider, and it may be inside the own network. */
    private static final class ProviderGrants implements Grants {

        @Override
        public List<Permission> permissions() {
            return Stream.of(
                            "127.0.0.0/8:*",
                            "10.0.0.0/8:*",
                            "172.16.0.0/12:*",
                            "192.168.0.0/16:*",
                            "localhost:*",
                            "[::1]:*",
                            "[fc00::/7]:*")
                    .map(block -> Permission.of(PermissionKind.NET_CONNECT, block))
                    .toList();
        }

        @Override
        public void require(Permission act) {
            // Whatever the provider names.
        }
    }

    /** Keeps when keys and logins were last used. */
    void keepUses() {
        keys.keepUses();
        services.accounts().logins().keepUses();
    }
}
