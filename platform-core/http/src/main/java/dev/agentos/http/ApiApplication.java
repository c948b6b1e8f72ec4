package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.execution.Execution;
import dev.agentos.execution.Sessions;
import dev.agentos.graph.ExecutionId;
import dev.agentos.http.catalog.CatalogResource;
import dev.agentos.http.internal.ConcurrencyLimitsResource;
import dev.agentos.http.internal.ErasuresResource;
import dev.agentos.http.internal.ExportsResource;
import dev.agentos.http.internal.FairShareResource;
import dev.agentos.http.internal.GatesResource;
import dev.agentos.http.internal.GroupsResource;
import dev.agentos.http.internal.LoginResource;
import dev.agentos.http.internal.LogoutResource;
import dev.agentos.http.internal.OidcResource;
import dev.agentos.http.internal.PersonErasuresResource;
import dev.agentos.http.internal.PlansResource;
import dev.agentos.http.internal.PricesResource;
import dev.agentos.http.internal.QuotasResource;
import dev.agentos.http.internal.RateFilter;
import dev.agentos.http.internal.RateLimitsResource;
import dev.agentos.http.internal.RedactionsResource;
import dev.agentos.http.internal.RetentionResource;
import dev.agentos.http.internal.RolesResource;
import dev.agentos.http.internal.SecretsKeysResource;
import dev.agentos.http.internal.SubscriptionResource;
import dev.agentos.http.internal.UsageResource;
import dev.agentos.http.internal.UsersResource;
import dev.agentos.http.sockets.SocketResource;
import dev.agentos.http.sockets.Sockets;
import dev.agentos.http.webhooks.WebhooksResource;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.AuthenticationFilter;
import dev.agentos.web.JsonProvider;
import dev.agentos.web.OpenApi;
import dev.agentos.web.ProblemMapper;
import dev.agentos.web.RouteFeature;
import dev.agentos.web.UnreadBody;
import dev.agentos.web.changes.ChangeFeature;
import dev.agentos.web.changes.Changes;
import dev.agentos.web.changes.FollowedCollections;
import dev.agentos.web.events.EventStreams;
import dev.agentos.web.filters.BodyRoom;
import dev.agentos.web.filters.TurnFilter;
import dev.agentos.web.login.PermissionPreview;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.util.List;
import java.util.Map;
import org.glassfish.jersey.CommonProperties;
import org.glassfish.jersey.inject.hk2.AbstractBinder;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;

/** The resources and filters of the API, named one by one: nothing is searched for on the class path. */
final class ApiApplication {

    /** The resources, in the order of the API's description. */
    static final List<Class<?>> RESOURCES = List.of(
            RootResource.class,
            TenantsResource.class,
            ExportsResource.class,
            ErasuresResource.class,
            PersonErasuresResource.class,
            RetentionResource.class,
            ApiKeysResource.class,
            LoginResource.class,
            OidcResource.class,
            LogoutResource.class,
            UsersResource.class,
            RolesResource.class,
            GroupsResource.class,
            PoliciesResource.class,
            ApprovalsResource.class,
            RedactionsResource.class,
            SecretsKeysResource.class,
            KillSwitchesResource.class,
            AuditResource.class,
            BudgetsResource.class,
            PricesResource.class,
            RateLimitsResource.class,
            QuotasResource.class,
            ConcurrencyLimitsResource.class,
            FairShareResource.class,
            PlansResource.class,
            SubscriptionResource.class,
            UsageResource.class,
            GraphsResource.class,
            PacksResource.class,
            TenantPluginsResource.class,
            AgentsResource.class,
            ExecutionsResource.class,
            GatesResource.class,
            WebhooksResource.class,
            SocketResource.class,
            SessionsResource.class,
            CatalogResource.class,
            MarketplaceResource.class,
            PluginsResource.class,
            TrustResource.class,
            OperationsResource.class,
            ChangesResource.class);

    private static final int BEHIND_ALL_CHECKS = Priorities.USER + 2_000;

    private ApiApplication() {}

    static ResourceConfig of(
            HttpConfig settings, HttpServices services, EventStreams streams, Changes changes, BodyRoom room) {
        ResourceConfig config = new ResourceConfig();
        config.setApplicationName("api");
        config.addProperties(Map.of(
                ServerProperties.WADL_FEATURE_DISABLE, true,
                ServerProperties.BV_FEATURE_DISABLE, true,
                ServerProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true,
                ServerProperties.METAINF_SERVICES_LOOKUP_DISABLE, true,
                ServerProperties.RESOURCE_VALIDATION_DISABLE, true,
                ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true,
                ServerProperties.LOCATION_HEADER_RELATIVE_URI_RESOLUTION_DISABLED, true,
                CommonProperties.PROVIDER_DEFAULT_DISABLE, "ALL"));
        HttpServices.Access access = services.access();
        Streaming streaming = new Streaming(streams, access.tenants());
        Sessions sessions = new Sessions(services.work().executions(), services.clock());
        ExecutionStarts starts = new ExecutionStarts(services, sessions, streaming);
        AgentAccess agents =
                new AgentAccess(services.work().agents(), services.work().executions());
        Uploads uploads = new Uploads(settings.uploads(), services.operations(), streaming);
        uploads.clean();
        IdempotencyFilter idempotency = new IdempotencyFilter(services.idempotency());
        HttpServices.Emergency emergency = access.emergency();
        config.register(new AuthenticationFilter(access.people().credentials(), access.tenants())
                .reserving("kill-switches", new AuthenticationFilter(emergency.credentials(), emergency.tenants())));
        config.register(new RateFilter(access.control().limits().rates()));
        config.register(new RouteFeature(access.cursors(), room));
        TurnFilter.addTo(config, RateFilter::emergency);
        config.register(new AuditFeature(access.control().audit(), services.operations(), services.clock()));
        config.register(new ChangeFeature(changes));
        config.register(new UnreadBody());
        config.register(idempotency);
        config.register((ContainerRequestFilter) IdempotencyFilter::handOver, BEHIND_ALL_CHECKS);
        config.register(new ProblemMapper());
        config.register(new OidcResource.Refusals());
        config.register(new JsonProvider());
        config.register(new ServicesBinder(
                services,
                List.of(
                        settings,
                        streaming,
                        changes,
                        new FollowedCollections(RESOURCES),
                        starts,
                        sessions,
                        agents,
                        sockets(settings, services, streams, agents, starts),
                        new OidcResource.Provider(access.people().provider()),
                        new PermissionPreview(() -> OpenApi.of(RESOURCES, settings.version())),
                        new PluginInstalls(services.extensions().plugins(), uploads, idempotency),
                        new MarketplaceResource.Marketplace(
                                services.registry(), services.extensions().plugins(), services.clock()))));
        RESOURCES.forEach(config::register);
        return config;
    }

    private static Sockets sockets(
            HttpConfig settings,
            HttpServices services,
            EventStreams streams,
            AgentAccess agents,
            ExecutionStarts starts) {
        return new Sockets(
                streams,
                (tenant, reach, id, after, untilWaiting, modes) -> {
                    Execution execution = agents.execution(tenant, reach, new ExecutionId(id));
                    return starts.log(execution.tenant(), execution.id(), after, untilWaiting, modes);
                },
                services.access().control().limits().rates(),
                services.access().tenants(),
                settings.origins().callers(),
                settings.heartbeat(),
                settings.stall());
    }

    /** Gives HK2 what the resources' constructors ask for. */
    private static final class ServicesBinder extends AbstractBinder {

        private final HttpServices services;
        private final List<Object> own;

        ServicesBinder(HttpServices services, List<Object> own) {
            this.services = services;
            this.own = own;
        }

        @Override
        protected void configure() {
            HttpServices.Work work = services.work();
            List.of(
                            services.access().tenants(),
                            services.access().apiKeys(),
                            services.access().people().users(),
                            services.access().people().users().roles(),
                            services.access().people().users().groups(),
                            services.access().people().accounts(),
                            services.access().people().names(),
                            services.access().control().redactions(),
                            services.access().keys(),
                            services.access().control().policies(),
                            services.access().control().approvals(),
                            services.access().control().switches(),
                            services.access().control().audit(),
                            services.access().control().limits(),
                            services.access().control().allowances(),
                            services.access().emergency(),
                            work.graphs(),
                            work.agents(),
                            work.packs(),
                            work.executions(),
                            work.retention(),
                            work.trial(),
                            work.webhooks(),
                            services.extensions().plugins(),
                            services.extensions().tenants(),
                            services.operations())
                    .forEach(this::bindToItsClass);
            own.forEach(this::bindToItsClass);
            bind(services.access().control().gates()).to(GateRecordStore.class);
        }

        private <T> void bindToItsClass(T service) {
            bind(service).to((Class<?>) service.getClass());
        }
    }
}
