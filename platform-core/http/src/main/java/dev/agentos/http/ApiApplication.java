package dev.agentos.http;

import dev.agentos.http.internal.AuthenticationFilter;
import dev.agentos.http.internal.EventStreams;
import dev.agentos.http.internal.JsonProvider;
import dev.agentos.http.internal.ProblemMapper;
import dev.agentos.http.internal.RouteFeature;
import dev.agentos.kernel.Operations;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Tenants;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
            ApiKeysResource.class,
            OperationsResource.class);

    private ApiApplication() {}

    static ResourceConfig of(HttpConfig settings, HttpServices services, EventStreams streams) {
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
        config.register(new AuthenticationFilter(services.apiKeys(), services.tenants()));
        config.register(new RouteFeature());
        config.register(new IdempotencyFilter(services.idempotency(), (request, kept) -> Optional.empty()));
        config.register(new ProblemMapper());
        config.register(new JsonProvider());
        config.register(new ServicesBinder(settings, services, new Streaming(streams, services.apiKeys())));
        RESOURCES.forEach(config::register);
        return config;
    }

    /** Gives HK2 what the resources' constructors ask for. */
    private static final class ServicesBinder extends AbstractBinder {

        private final HttpConfig config;
        private final HttpServices services;
        private final Streaming streaming;

        ServicesBinder(HttpConfig config, HttpServices services, Streaming streaming) {
            this.config = config;
            this.services = services;
            this.streaming = streaming;
        }

        @Override
        protected void configure() {
            bind(config).to(HttpConfig.class);
            bind(streaming).to(Streaming.class);
            bind(services.tenants()).to(Tenants.class);
            bind(services.apiKeys()).to(ApiKeys.class);
            bind(services.operations()).to(Operations.class);
        }
    }
}
