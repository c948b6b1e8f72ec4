package dev.agentos.registryclient;

import dev.agentos.registryservice.RegistryHttp;
import dev.agentos.registryservice.RegistryHttpConfig;
import dev.agentos.registryservice.RegistryService;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class HttpRegistryClientTest extends RegistryClientContract {

    @TempDir
    private Path pins;

    private final List<RegistryHttp> servers = new ArrayList<>();

    @Override
    RegistryClient clientOf(RegistryService service) {
        RegistryHttp server = new RegistryHttp(service, RegistryHttpConfig.onLoopback(0));
        servers.add(server);
        return new HttpRegistryClient(
                HttpRegistryConfig.of(server.address()),
                new IndexTrust(pins, server.address(), Optional.of(service.fingerprint()), InstantSource.system()));
    }

    @AfterEach
    void stopServers() {
        servers.forEach(RegistryHttp::close);
    }
}
