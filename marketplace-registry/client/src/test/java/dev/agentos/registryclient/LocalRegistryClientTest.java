package dev.agentos.registryclient;

import dev.agentos.registryservice.RegistryService;

class LocalRegistryClientTest extends RegistryClientContract {

    @Override
    RegistryClient clientOf(RegistryService service) {
        return new LocalRegistryClient(service);
    }
}
