package dev.agentos.http.internal;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.ModelUse;
import dev.agentos.limits.Price;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.Fields;
import dev.agentos.web.resources.Called;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.Views;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How the API reads and writes budgets, prices and usage. */
public final class LimitViews {

    private static final String APPROVAL = "approval";

    private LimitViews() {}

    /** What a tenant's budget is to say. */
    public static Budget.Terms terms(Fields fields) {
        return terms(
                fields,
                BudgetScope.ofWord(fields.requiredText("scope", 20))
                        .orElseThrow(() -> Fields.invalid("scope", "is none of tenant, principal, agent, execution")),
                fields.text("subject"));
    }

    /** What a plan's budget is to say, which is of the tenant, or for the time of an execution of each of those. */
    static Budget.Terms termsInPlan(JsonObject body) {
        Fields fields = Fields.of(body, "PlanBudget");
        BudgetScope scope = period(fields) == BudgetPeriod.EXECUTION ? BudgetScope.EXECUTION : BudgetScope.TENANT;
        return terms(fields, scope, Optional.empty());
    }

    private static Budget.Terms terms(Fields fields, BudgetScope scope, Optional<String> subject) {
        Optional<String> override = fields.text("override");
        if (override.filter(word -> !word.equals(APPROVAL)).isPresent()) {
            throw Fields.invalid("override", "is not approval");
        }
        return new Budget.Terms(
                scope,
                subject,
                limit(fields),
                period(fields),
                NamedLimitRequests.warnAt(fields),
                !fields.has("enforced") || fields.flag("enforced"),
                override.isPresent());
    }

    private static BudgetPeriod period(Fields fields) {
        return BudgetPeriod.ofWord(fields.requiredText("period", 20))
                .orElseThrow(() -> Fields.invalid("period", "is none of day, month, total, execution"));
    }

    private static BudgetLimit limit(Fields fields) {
        JsonObject body = fields.optionalObject("limit").orElseThrow(() -> Fields.invalid("limit", "is required"));
        Fields limit = Fields.of(body, "BudgetLimit");
        Optional<String> currency = limit.text("currency");
        if (limit.has("tokens") == limit.has("amount") || limit.has("amount") != currency.isPresent()) {
            throw Fields.invalid("limit", "holds either tokens, or an amount with its currency");
        }
        return new BudgetLimit(
                currency.isPresent()
                        ? LimitViews.decimal("limit", limit.requiredText("amount", 40))
                        : NamedLimitRequests.number(
                                "limit", limit.value("tokens").orElseThrow()),
                currency);
    }

    /** How much, for how long, and what happens then. */
    static void write(Budget.Terms terms, Map<String, Object> members) {
        members.put("limit", terms.limit().toJson(terms.limit().amount()));
        members.put("period", terms.period().word());
        members.put("warnAt", terms.warnAt());
        members.put("enforced", terms.enforced());
        if (terms.byApproval()) {
            members.put("override", APPROVAL);
        }
    }

    /** A budget and what it has counted, with what those are called who set it and whom it is for. */
    public static JsonObject budget(Budget budget, List<Budget.Window> windows, Called called) {
        Budget.Terms terms = budget.terms();
        BudgetLimit limit = terms.limit();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", budget.name());
        members.put("revision", budget.change().revision());
        members.put("scope", terms.scope().word());
        terms.subject().ifPresent(subject -> members.put("subject", subject));
        write(terms, members);
        members.put("setByPlatform", budget.change().byPlatform());
        members.put("changedAt", Views.time(budget.change().at()));
        members.put("changedBy", budget.change().by());
        members.put(
                "windows",
                windows.stream()
                        .map(window -> JsonObject.of(
                                "bucket", window.bucket(),
                                "spent", limit.toJson(window.spent()),
                                "reserved", limit.toJson(window.reserved()),
                                "granted", limit.toJson(window.granted()),
                                "remaining",
                                        limit.toJson(window.left(limit, BigDecimal.ZERO)
                                                .max(BigDecimal.ZERO)),
                                "warned", window.warned()))
                        .toList());
        return called.beside(called.beside(Views.object(members), "changedBy"), "subject");
    }

    /** A price. */
    public static JsonObject price(Price price, long revision) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("model", price.model());
        members.put("etag", Preconditions.etag(revision));
        price.rates().ifPresent(rates -> {
            members.put("input", BudgetLimit.plain(rates.input()));
            members.put("output", BudgetLimit.plain(rates.output()));
            members.put("currency", rates.currency());
            members.put("maxOutputTokens", rates.maxOutputTokens());
        });
        members.put("from", Views.time(price.from()));
        members.put("setBy", price.by());
        members.put("removed", price.rates().isEmpty());
        return Views.object(members);
    }

    /** What calls came to, of which some may have been paid in other currencies than others. */
    public static Map<String, Object> sums(List<ModelUse> uses) {
        long calls = 0;
        long estimated = 0;
        long unpriced = 0;
        long input = 0;
        long output = 0;
        Map<String, BigDecimal> costs = new TreeMap<>();
        for (ModelUse use : uses) {
            ModelUse.Sums sums = use.sums();
            calls += sums.calls();
            estimated += sums.estimated();
            input += sums.inputTokens();
            output += sums.outputTokens();
            if (use.key().currency().isEmpty()) {
                unpriced += sums.calls();
            } else {
                costs.merge(use.key().currency(), sums.cost(), BigDecimal::add);
            }
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("calls", calls);
        members.put("estimatedCalls", estimated);
        members.put("unpricedCalls", unpriced);
        members.put("inputTokens", input);
        members.put("outputTokens", output);
        members.put(
                "costs",
                costs.entrySet().stream()
                        .map(cost ->
                                JsonObject.of("amount", BudgetLimit.plain(cost.getValue()), "currency", cost.getKey()))
                        .toList());
        return members;
    }

    /** What an execution used, by model. */
    public static JsonObject cost(String execution, List<ModelUse> uses) {
        Map<String, List<ModelUse>> models = new LinkedHashMap<>();
        uses.forEach(use -> models.computeIfAbsent(use.key().model(), model -> new ArrayList<>())
                .add(use));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("execution", execution);
        members.putAll(sums(uses));
        List<JsonObject> each = new ArrayList<>();
        models.forEach((model, its) -> each.add(JsonObject.of("model", model).overlaidBy(Views.object(sums(its)))));
        members.put("models", each);
        return Views.object(members);
    }

    /** Money is written as a text, so that no program on the way rounds it. */
    public static BigDecimal decimal(String name, String text) {
        if (!text.matches("[0-9]{1,20}(\\.[0-9]{1,15})?")) {
            throw Fields.invalid(name, "is not a decimal number, as in \"12.50\"");
        }
        return new BigDecimal(text);
    }
}
