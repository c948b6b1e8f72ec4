package dev.agentos.stores;

import dev.agentos.kernel.Revisions;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * A row that is changed in the place of the state that was seen, which its column {@code revision} numbers: one
 * statement compares and writes, and leaves another state as it is.
 *
 * @param table where it is
 * @param tenant whose it is; empty for the platform's
 * @param key the column with its name; empty when the tenant has one row at most
 * @param name unique among the rows of the tenant
 */
public record RevisedRow(String table, Optional<TenantId> tenant, String key, String name) {

    /** The only row that a tenant has in that table. */
    public static RevisedRow only(String table, TenantId tenant) {
        return new RevisedRow(table, Optional.of(tenant), "", "");
    }

    /**
     * Writes it, when it is executed.
     *
     * @param values the columns to be written, each bound under its name by the caller, {@code revision} among them
     * @param seen the revision that is replaced, {@link Revisions#NONE} when there is to be no row yet
     */
    public Update write(Handle handle, List<String> values, long seen) {
        String columns = String.join(", ", values);
        String bound = ":" + String.join(", :", values);
        if (seen == Revisions.NONE) {
            String whose = key.isEmpty() ? "tenant_id" : "tenant_id, " + key;
            return named(handle.createUpdate("INSERT INTO " + table + " (" + whose + ", " + columns
                    + ") VALUES (:tenant" + (key.isEmpty() ? ", " : ", :key, ") + bound + ") ON CONFLICT DO NOTHING"));
        }
        return named(handle.createUpdate(
                        "UPDATE " + table + " SET (" + columns + ") = (" + bound + ") WHERE " + state()))
                .bind("seen", seen);
    }

    /** Removes it; false when another state is there, or none. */
    public boolean delete(Handle handle, long seen) {
        return named(handle.createUpdate("DELETE FROM " + table + " WHERE " + state()))
                        .bind("seen", seen)
                        .execute()
                == 1;
    }

    private String state() {
        return "<owned>" + (key.isEmpty() ? "" : " AND " + key + " = :key") + " AND revision = :seen";
    }

    private Update named(Update update) {
        Update owned = update.addCustomizer(new Owned(tenant));
        return key.isEmpty() ? owned : owned.bind("key", name);
    }
}
