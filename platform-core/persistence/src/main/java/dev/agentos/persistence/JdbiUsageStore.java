package dev.agentos.persistence;

import dev.agentos.limits.ModelUse;
import dev.agentos.limits.Price;
import dev.agentos.limits.PriceStore;
import dev.agentos.limits.UsageStore;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.statement.StatementContext;

/** What calls of models used, and what models cost, in PostgreSQL. */
final class JdbiUsageStore implements UsageStore, PriceStore {

    private static final String SUMS =
            "sum(calls) AS calls, sum(estimated) AS estimated, sum(input_tokens) AS input_tokens,"
                    + " sum(output_tokens) AS output_tokens, sum(cost) AS cost";

    private final TenantTransactions tenants;
    private final PlatformTransactions platform;

    JdbiUsageStore(TenantTransactions tenants, PlatformTransactions platform) {
        this.tenants = tenants;
        this.platform = platform;
    }

    @Override
    public void add(List<ModelUse> uses) {
        platform.run(handle -> handle.createUpdate("""
            INSERT INTO model_usage AS held (tenant_id, day, execution, model, agent, principal, currency,
                                             calls, estimated, input_tokens, output_tokens, cost)
            SELECT u.tenant, u.day, u.execution, u.model, u.agent, u.principal, u.currency,
                   u.calls, u.estimated, u.input, u.output, u.cost
              FROM unnest(:tenants, CAST(:days AS date[]), :executions, :models, :agents, :principals, :currencies,
                          CAST(:calls AS bigint[]), CAST(:estimated AS bigint[]), CAST(:inputs AS bigint[]),
                          CAST(:outputs AS bigint[]), CAST(:costs AS numeric[]))
                AS u (tenant, day, execution, model, agent, principal, currency, calls, estimated, input, output, cost)
              JOIN tenants t ON t.id = u.tenant
             ORDER BY 1, 2, 3, 4, 5, 6, 7
            ON CONFLICT (tenant_id, day, execution, model, agent, principal, currency) DO UPDATE
               SET calls = held.calls + excluded.calls, estimated = held.estimated + excluded.estimated,
                   input_tokens = held.input_tokens + excluded.input_tokens,
                   output_tokens = held.output_tokens + excluded.output_tokens, cost = held.cost + excluded.cost
            """)
                .bindArray("tenants", String.class, texts(uses, use -> use.key().tenant()))
                .bindArray("days", String.class, texts(uses, use -> use.key().day()))
                .bindArray(
                        "executions", String.class, texts(uses, use -> use.key().execution()))
                .bindArray("models", String.class, texts(uses, use -> use.key().model()))
                .bindArray("agents", String.class, texts(uses, use -> use.key().agent()))
                .bindArray(
                        "principals", String.class, texts(uses, use -> use.key().principal()))
                .bindArray(
                        "currencies", String.class, texts(uses, use -> use.key().currency()))
                .bindArray("calls", String.class, texts(uses, use -> use.sums().calls()))
                .bindArray(
                        "estimated", String.class, texts(uses, use -> use.sums().estimated()))
                .bindArray("inputs", String.class, texts(uses, use -> use.sums().inputTokens()))
                .bindArray(
                        "outputs", String.class, texts(uses, use -> use.sums().outputTokens()))
                .bindArray(
                        "costs",
                        String.class,
                        texts(uses, use -> use.sums().cost().toPlainString()))
                .execute());
    }

    private static Object[] texts(List<ModelUse> uses, Function<ModelUse, Object> part) {
        return uses.stream().map(use -> part.apply(use).toString()).toArray();
    }

    @Override
    public List<ModelUse> sums(TenantId tenant, LocalDate from, LocalDate to, Set<Part> parts, int most) {
        String columns = Stream.concat(
                        parts.stream().sorted().map(part -> part.name().toLowerCase(Locale.ROOT)),
                        Stream.of("currency"))
                .collect(Collectors.joining(", "));
        return tenants.query(
                tenant,
                handle -> handle.createQuery("SELECT " + columns + ", " + SUMS + """
                     FROM model_usage WHERE tenant_id = :tenant AND day BETWEEN :from AND :to
                     GROUP BY %s ORDER BY %s LIMIT :most
                    """.formatted(columns, columns))
                        .bind("tenant", tenant.value())
                        .bind("from", from)
                        .bind("to", to)
                        .bind("most", most)
                        .map((row, context) -> new ModelUse(
                                new ModelUse.Key(
                                        tenant,
                                        parts.contains(Part.DAY) ? row.getObject("day", LocalDate.class) : from,
                                        parts.contains(Part.MODEL) ? row.getString("model") : "",
                                        parts.contains(Part.AGENT) ? row.getString("agent") : "",
                                        parts.contains(Part.PRINCIPAL) ? row.getString("principal") : "",
                                        "",
                                        row.getString("currency")),
                                sums(row)))
                        .list());
    }

    @Override
    public List<ModelUse> ofExecution(TenantId tenant, String execution) {
        return tenants.query(
                tenant,
                handle -> handle.createQuery("SELECT min(day) AS day, model, currency, " + SUMS + """
                     FROM model_usage WHERE tenant_id = :tenant AND execution = :execution
                     GROUP BY model, currency ORDER BY model, currency
                    """)
                        .bind("tenant", tenant.value())
                        .bind("execution", execution)
                        .map((row, context) -> new ModelUse(
                                new ModelUse.Key(
                                        tenant,
                                        row.getObject("day", LocalDate.class),
                                        row.getString("model"),
                                        "",
                                        "",
                                        execution,
                                        row.getString("currency")),
                                sums(row)))
                        .list());
    }

    private static ModelUse.Sums sums(ResultSet row) throws SQLException {
        return new ModelUse.Sums(
                row.getLong("calls"),
                row.getLong("estimated"),
                row.getLong("input_tokens"),
                row.getLong("output_tokens"),
                row.getBigDecimal("cost"));
    }

    @Override
    public List<Price> prices() {
        return platform.query(handle -> handle.createQuery("SELECT * FROM prices ORDER BY sequence")
                .map(JdbiUsageStore::price)
                .list());
    }

    @Override
    public boolean add(Price price) {
        return platform.call(handle -> handle.createUpdate("""
            INSERT INTO prices (model, from_time, input, output, currency, max_output_tokens, set_by, revision)
            SELECT :model, :from, :input, :output, :currency, :most, :by, :revision
             WHERE :revision = 1 + (SELECT coalesce(max(revision), 0) FROM prices WHERE model = :model)
            ON CONFLICT (model, revision) DO NOTHING
            """)
                        .bind("model", price.model())
                        .bind("from", price.from())
                        .bindByType(
                                "input", price.rates().map(Price.Rates::input).orElse(null), BigDecimal.class)
                        .bindByType(
                                "output", price.rates().map(Price.Rates::output).orElse(null), BigDecimal.class)
                        .bindByType(
                                "currency",
                                price.rates().map(Price.Rates::currency).orElse(null),
                                String.class)
                        .bindByType(
                                "most",
                                price.rates().map(Price.Rates::maxOutputTokens).orElse(null),
                                Integer.class)
                        .bind("by", price.by())
                        .bind("revision", price.revision())
                        .execute()
                == 1);
    }

    private static Price price(ResultSet row, StatementContext context) throws SQLException {
        BigDecimal input = row.getBigDecimal("input");
        return new Price(
                row.getString("model"),
                Rows.instant(row, "from_time"),
                input == null
                        ? Optional.empty()
                        : Optional.of(new Price.Rates(
                                input,
                                row.getBigDecimal("output"),
                                row.getString("currency"),
                                row.getInt("max_output_tokens"))),
                row.getString("set_by"),
                row.getLong("revision"));
    }
}
