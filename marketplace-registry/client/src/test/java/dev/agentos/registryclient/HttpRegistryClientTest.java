package dev.agentos.registryclient;

import dev.agentos.registryservice.RegistryHttp;
import dev.agentos.registryservice.RegistryHttpConfig;
import dev.agentos.registryservice.RegistryService;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class HttpRegistryClientTest extends RegistryClientContract {

    private final List<RegistryHttp> servers = new ArrayList<>();

    @Override
    RegistryClient clientOf(RegistryService service) {
        RegistryHttp server = new RegistryHttp(service, RegistryHttpConfig.onLoopback(0));
        servers.add(server);
        return new HttpRegistryClient(HttpRegistryConfig.of(server.address()));
    }

    @AfterEach
    void stopServers() {
        servers.forEach(RegistryHttp::close);
    }
}
