package dev.agentos.stores;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table with rows of tenants, and what is done with it when one, or a person of one, is handed out or erased.
 *
 * @param name in the schema
 * @param order what its rows are sorted by in an export, which of a tenant no two have alike
 * @param exported columns that an export has; none when the table is in no export
 * @param leftOut the other columns, or {@code *} for the table, each with the reason why no export has it
 * @param handedOut which rows are of a principal, SQL over {@code t} and {@code :principal}; empty for none
 * @param goes which rows go with that principal; empty for none
 * @param kept why the rows stay when their tenant goes; empty when they go
 */
public record TenantTable(
        String name,
        String order,
        List<String> exported,
        Map<String, String> leftOut,
        Optional<String> handedOut,
        Optional<String> goes,
        Optional<String> kept) {

    /** A table all of whose columns are exported, and that goes with its tenant. */
    static TenantTable of(String name, String order, String columns) {
        return new TenantTable(
                name,
                order,
                List.of(columns.split(", ")),
                Map.of("tenant_id", "the manifest says it"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** A table that is in no export, and goes with its tenant. */
    static TenantTable hidden(String name, String why) {
        return new TenantTable(
                name, "", List.of(), Map.of("*", why), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** One column of which is in no export. */
    TenantTable without(String column, String why) {
        Map<String, String> more = new LinkedHashMap<>(leftOut);
        more.put(column, why);
        return new TenantTable(name, order, exported, more, handedOut, goes, kept);
    }

    /** Of which such rows are a principal's. */
    TenantTable of(String principals) {
        return new TenantTable(name, order, exported, leftOut, Optional.of(principals), goes, kept);
    }

    /** Of which such rows go with a principal. */
    TenantTable going(String condition) {
        return new TenantTable(name, order, exported, leftOut, handedOut, Optional.of(condition), kept);
    }

    /** That stays when its tenant goes. */
    TenantTable kept(String why) {
        return new TenantTable(name, order, exported, leftOut, handedOut, goes, Optional.of(why));
    }

    /** How exports and erasures name what is in it. */
    public String kind() {
        return name.replace('_', '-');
    }

    boolean readable(boolean whole) {
        return !exported.isEmpty() && (whole || handedOut.isPresent());
    }

    boolean removable(boolean whole) {
        return whole ? kept.isEmpty() : goes.isPresent();
    }
}
