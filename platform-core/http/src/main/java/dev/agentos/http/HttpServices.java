package dev.agentos.http;

import dev.agentos.agents.Agents;
import dev.agentos.agents.Packs;
import dev.agentos.agents.Protocols;
import dev.agentos.audit.Audit;
import dev.agentos.execution.Executions;
import dev.agentos.graph.Graphs;
import dev.agentos.identity.Accounts;
import dev.agentos.identity.Credentials;
import dev.agentos.identity.OidcLogin;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.invocation.checks.PolicyTrial;
import dev.agentos.kernel.Operations;
import dev.agentos.limits.Limits;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.Policies;
import dev.agentos.quotas.Allowances;
import dev.agentos.redaction.Redactions;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.retention.Retention;
import dev.agentos.secrets.Rotations;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import dev.agentos.web.resources.CursorSeal;
import dev.agentos.webhooks.Webhooks;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What the API serves: the modules below, made by whoever starts the server.
 *
 * @param access who may do what
 * @param work what is executed
 * @param extensions the installed plugins, for the administrator and for tenants
 * @param registry the marketplace
 * @param operations long work
 * @param idempotency answers to requests that may be repeated
 * @param metrics what is counted and measured
 * @param clock the time, for deadlines
 */
public record HttpServices(
        Access access,
        Work work,
        Extensions extensions,
        RegistryClient registry,
        Operations operations,
        IdempotencyStore idempotency,
        ServerMetrics metrics,
        InstantSource clock) {

    /**
     * Tenants, credentials, people, what holds them, the way to what stops them, the keys that encrypt secrets, and
     * what authenticates the cursors of lists.
     */
    public record Access(
            Tenants tenants,
            ApiKeys apiKeys,
            People people,
            Control control,
            Emergency emergency,
            Rotations keys,
            CursorSeal cursors) {}

    /**
     * Users of tenants, how they prove who they are, here or at a provider, all credentials that let one in, and what
     * everybody is called.
     */
    public record People(
            Users users,
            Accounts accounts,
            Credentials credentials,
            Optional<OidcLogin> provider,
            PrincipalNames names) {}

    /**
     * Rules, what people have to agree to, what is replaced in texts, what was checked, what is stopped, the records of
     * all that was done, what may be used, and how many executions there may be.
     */
    public record Control(
            Policies policies,
            Approvals approvals,
            Redactions redactions,
            GateRecordStore gates,
            KillSwitches switches,
            Audit audit,
            Limits limits,
            Allowances allowances) {}

    /**
     * Tenants, credentials and names for requests to kill switches, which do not depend on what ordinary work uses up.
     */
    public record Emergency(Tenants tenants, Credentials credentials, PrincipalNames names) {}

    /** Plugins, and what tenants have set for them. */
    public record Extensions(PluginService plugins, TenantPlugins tenants) {}

    /**
     * Graphs, agents, the packs that bring them, their executions, the protocols of plugins that start some, the way to
     * hand out and erase what is kept of all that, to try what rules would say, and to be told how something ended.
     */
    public record Work(
            Graphs graphs,
            Agents agents,
            Packs packs,
            Executions executions,
            Protocols protocols,
            Retention retention,
            PolicyTrial trial,
            Webhooks webhooks) {}
}
