package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Limits in memory, of one server. */
public final class MemoryLimitsStore extends MemoryNamedLimits<Budget> implements BudgetStore, PriceStore, UsageStore {

    private record Hold(Name budget, Share share) {}

    private final Map<Name, Map<String, Budget.Window>> windows = new HashMap<>();
    private final Map<String, List<Hold>> holds = new HashMap<>();
    private final Map<String, Grant> grants = new HashMap<>();
    private final Set<String> usedGrants = new HashSet<>();
    private final List<Price> prices = new ArrayList<>();
    private final Map<ModelUse.Key, ModelUse.Sums> uses = new LinkedHashMap<>();

    @Override
    public synchronized boolean put(Budget budget, long expected) {
        if (!super.put(budget, expected)) {
            return false;
        }
        BigDecimal due = budget.terms().due();
        windows.getOrDefault(new Name(budget.tenant(), budget.name()), new HashMap<>())
                .replaceAll((bucket, one) -> new Budget.Window(
                        bucket,
                        one.spent(),
                        one.reserved(),
                        one.warned() && one.spent().compareTo(due) >= 0,
                        one.granted()));
        return true;
    }

    @Override
    public synchronized boolean delete(TenantId tenant, String name, long expected) {
        if (!super.delete(tenant, name, expected)) {
            return false;
        }
        windows.remove(new Name(tenant, name));
        return true;
    }

    @Override
    public synchronized List<Budget.Window> windows(TenantId tenant, String name, Optional<String> period, int most) {
        return windows.getOrDefault(new Name(tenant, name), Map.of()).values().stream()
                .filter(one -> period.isEmpty()
                        || one.bucket().equals(period.get())
                        || one.bucket().startsWith(period.get() + " "))
                .sorted(Comparator.comparing(Budget.Window::spent).reversed())
                .limit(most)
                .toList();
    }

    private Budget.Window window(Name budget, String bucket) {
        return windows.computeIfAbsent(budget, one -> new TreeMap<>())
                .computeIfAbsent(
                        bucket,
                        one -> new Budget.Window(one, BigDecimal.ZERO, BigDecimal.ZERO, false, BigDecimal.ZERO));
    }

    private void book(Name budget, String bucket, BigDecimal spent, BigDecimal reserved, boolean warned) {
        Budget.Window before = window(budget, bucket);
        windows.computeIfAbsent(budget, one -> new TreeMap<>())
                .put(
                        bucket,
                        new Budget.Window(
                                bucket,
                                before.spent().add(spent),
                                before.reserved().add(reserved),
                                warned,
                                before.granted()));
    }

    @Override
    public synchronized Optional<Refusal> reserve(
            TenantId tenant, String hold, String holder, Optional<String> execution, List<Share> shares) {
        List<Grant> used = new ArrayList<>();
        Optional<Refusal> refusal = Optional.empty();
        for (Share share : shares) {
            Optional<Budget> budget =
                    find(tenant, share.budget()).filter(one -> one.terms().enforced());
            if (budget.isEmpty()) {
                continue;
            }
            Budget.Window window = window(new Name(tenant, share.budget()), share.bucket());
            if (window.left(budget.get().terms().limit(), share.amount()).signum() >= 0) {
                continue;
            }
            Optional<Grant> grant =
                    budget.filter(one -> one.terms().byApproval()).flatMap(one -> open(tenant, execution, share));
            grant.ifPresent(used::add);
            if (grant.isEmpty() && !refusal.map(Refusal::hard).orElse(false)) {
                Refusal next = new Refusal(budget.get(), window, share.amount());
                refusal = refusal.isEmpty() || next.hard() ? Optional.of(next) : refusal;
            }
        }
        if (refusal.isPresent()) {
            return refusal;
        }
        used.forEach(this::use);
        List<Hold> held = new ArrayList<>();
        for (Share share : shares) {
            Name name = new Name(tenant, share.budget());
            if (find(tenant, share.budget()).isPresent()) {
                Budget.Window window = window(name, share.bucket());
                book(name, share.bucket(), BigDecimal.ZERO, share.amount(), window.warned());
                held.add(new Hold(name, share));
            }
        }
        holds.put(hold, held);
        return Optional.empty();
    }

    private Optional<Grant> open(TenantId tenant, Optional<String> execution, Share share) {
        return grants.values().stream()
                .filter(grant -> grant.tenant().equals(tenant)
                        && execution.filter(grant.execution()::equals).isPresent()
                        && grant.share().budget().equals(share.budget())
                        && grant.share().bucket().equals(share.bucket())
                        && grant.share().amount().compareTo(share.amount()) >= 0
                        && !usedGrants.contains(grant.approval()))
                .findFirst();
    }

    private void use(Grant grant) {
        usedGrants.add(grant.approval());
        Name name = new Name(grant.tenant(), grant.share().budget());
        Budget.Window before = window(name, grant.share().bucket());
        windows.computeIfAbsent(name, one -> new TreeMap<>())
                .put(
                        before.bucket(),
                        new Budget.Window(
                                before.bucket(),
                                before.spent(),
                                before.reserved(),
                                before.warned(),
                                before.granted().add(grant.share().amount())));
    }

    @Override
    public synchronized boolean grant(Grant grant) {
        return grants.putIfAbsent(grant.approval(), grant) == null;
    }

    @Override
    public synchronized List<Warning> settle(TenantId tenant, String hold, List<Share> actual) {
        List<Hold> held = Optional.ofNullable(holds.remove(hold)).orElse(List.of());
        List<Warning> warnings = new ArrayList<>();
        for (Hold one : held) {
            Budget budget = find(tenant, one.budget().name()).orElse(null);
            if (budget == null) {
                continue;
            }
            BigDecimal spent = actual.stream()
                    .filter(share -> share.budget().equals(one.share().budget()))
                    .map(Share::amount)
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
            Budget.Window before = window(one.budget(), one.share().bucket());
            boolean warned = before.spent().add(spent).compareTo(budget.terms().due()) >= 0;
            book(one.budget(), one.share().bucket(), spent, one.share().amount().negate(), before.warned() || warned);
            if (warned && !before.warned()) {
                warnings.add(new Warning(
                        budget.name(), window(one.budget(), one.share().bucket())));
            }
        }
        return warnings;
    }

    @Override
    public void present(String holder) {
        // There is no other server.
    }

    @Override
    public void gone(String holder) {
        // There is no other server.
    }

    @Override
    public int settleLost(Duration away) {
        return 0;
    }

    @Override
    public synchronized List<Price> prices() {
        return List.copyOf(prices);
    }

    @Override
    public synchronized boolean add(Price price) {
        long there =
                prices.stream().filter(one -> one.model().equals(price.model())).count();
        if (price.revision() != there + 1) {
            return false;
        }
        prices.add(price);
        changed();
        return true;
    }

    @Override
    public synchronized void add(List<ModelUse> more) {
        more.forEach(use -> uses.merge(use.key(), use.sums(), ModelUse.Sums::plus));
    }

    @Override
    public synchronized List<ModelUse> sums(TenantId tenant, LocalDate from, LocalDate to, Set<Part> parts, int most) {
        Map<ModelUse.Key, ModelUse.Sums> sums = new LinkedHashMap<>();
        uses.forEach((key, value) -> {
            if (key.tenant().equals(tenant)
                    && !key.day().isBefore(from)
                    && !key.day().isAfter(to)) {
                ModelUse.Key group = new ModelUse.Key(
                        tenant,
                        parts.contains(Part.DAY) ? key.day() : from,
                        parts.contains(Part.MODEL) ? key.model() : "",
                        parts.contains(Part.AGENT) ? key.agent() : "",
                        parts.contains(Part.PRINCIPAL) ? key.principal() : "",
                        "",
                        key.currency());
                sums.merge(group, value, ModelUse.Sums::plus);
            }
        });
        return sums.entrySet().stream()
                .limit(most)
                .map(one -> new ModelUse(one.getKey(), one.getValue()))
                .toList();
    }

    @Override
    public synchronized List<ModelUse> ofExecution(TenantId tenant, String execution) {
        return uses.entrySet().stream()
                .filter(one -> one.getKey().tenant().equals(tenant)
                        && one.getKey().execution().equals(execution))
                .map(one -> new ModelUse(one.getKey(), one.getValue()))
                .toList();
    }
}
