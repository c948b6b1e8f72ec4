package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import dev.agentos.webhooks.Delivery;
import dev.agentos.webhooks.DeliveryState;
import dev.agentos.webhooks.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Deliveries that a test puts there, and secrets; nothing is sent. */
final class FakeWebhookStore implements WebhookStore {

    final Map<String, Delivery> deliveries = new LinkedHashMap<>();
    private final Map<TenantId, List<Secret>> secrets = new HashMap<>();

    @Override
    public List<Secret> secrets(TenantId tenant, int most) {
        return List.copyOf(secrets.getOrDefault(tenant, List.of()));
    }

    @Override
    public boolean add(TenantId tenant, String id, String sealed, Optional<String> replaced, Duration overlap) {
        List<Secret> kept = secrets.computeIfAbsent(tenant, one -> new ArrayList<>());
        kept.replaceAll(one -> new Secret(
                one.id(),
                one.sealed(),
                one.madeAt(),
                one.retiresAt().or(() -> Optional.of(Instant.now().plus(overlap)))));
        kept.addFirst(new Secret(id, sealed, Instant.now(), Optional.empty()));
        return true;
    }

    @Override
    public Page<Delivery> list(
            TenantId tenant, Optional<DeliveryState> state, Optional<String> execution, PageRequest request) {
        return Page.of(
                deliveries.values().stream()
                        .filter(one -> one.tenant().equals(tenant))
                        .filter(one -> state.isEmpty() || state.get() == one.state())
                        .filter(one -> execution.isEmpty() || execution.get().equals(one.execution()))
                        .toList(),
                request.limit(),
                Delivery::id);
    }

    @Override
    public Optional<Delivery> find(TenantId tenant, String id) {
        return Optional.ofNullable(deliveries.get(id))
                .filter(one -> one.tenant().equals(tenant));
    }

    @Override
    public void again(TenantId tenant, String id) {
        deliveries.computeIfPresent(
                id,
                (any, one) -> new Delivery(
                        id,
                        tenant,
                        one.execution(),
                        one.url(),
                        DeliveryState.DUE,
                        0,
                        one.createdAt(),
                        Optional.of(Instant.now()),
                        one.last()));
    }

    @Override
    public void ended(Collection<String> executions) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> lookBehind(String execution, int most) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Claimed> claim(int most, int each, Collection<TenantId> without, Duration lease) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void attempted(Claimed claimed, Delivery.Attempt attempt, DeliveryState state, Duration pause) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void handBack(Claimed claimed, Duration pause) {
        throw new UnsupportedOperationException();
    }
}
