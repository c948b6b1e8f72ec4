package dev.agentos.http;

import dev.agentos.kernel.Operations;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Tenants;

/**
 * What the API serves: the modules below, made by whoever starts the server.
 *
 * @param tenants the tenants
 * @param apiKeys the credentials
 * @param operations long work
 * @param idempotency answers to requests that may be repeated
 * @param readiness whether the server is ready for traffic
 */
public record HttpServices(
        Tenants tenants, ApiKeys apiKeys, Operations operations, IdempotencyStore idempotency, Readiness readiness) {}
