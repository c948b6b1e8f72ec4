package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;

/** Keeps what calls of models used. */
public interface UsageStore {

    /** What sums can be split by. */
    enum Part {
        DAY,
        MODEL,
        AGENT,
        PRINCIPAL
    }

    /** Adds to what is there, all or nothing; what is a removed tenant's is left out. */
    void add(List<ModelUse> uses);

    /** Sums of those days, both included, split by those parts and by currency, in the order of the parts. */
    List<ModelUse> sums(TenantId tenant, LocalDate from, LocalDate to, Set<Part> parts, int most);

    /** Sums of an execution by model and currency. */
    List<ModelUse> ofExecution(TenantId tenant, String execution);
}
