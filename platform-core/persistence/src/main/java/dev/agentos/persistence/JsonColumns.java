package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.sql.Types;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.postgresql.util.PGobject;

/**
 * JSON values in columns of type {@code json}, which keeps the text: members in order, numbers with their digits.
 * {@code jsonb} keeps neither.
 */
final class JsonColumns {

    private JsonColumns() {}

    /** That Jdbi with PostgreSQL's types and JSON columns. */
    static Jdbi configured(Jdbi jdbi) {
        jdbi.installPlugin(new PostgresPlugin());
        jdbi.registerArgument(new JsonArgument());
        jdbi.registerColumnMapper(JsonValue.class, (row, column, context) -> Json.parse(row.getString(column)));
        jdbi.registerColumnMapper(JsonObject.class, (row, column, context) -> Json.parseObject(row.getString(column)));
        return jdbi;
    }

    private static final class JsonArgument extends AbstractArgumentFactory<JsonValue> {
        JsonArgument() {
            super(Types.OTHER);
        }

        @Override
        protected Argument build(JsonValue value, ConfigRegistry config) {
            return (position, statement, context) -> {
                PGobject object = new PGobject();
                object.setType("json");
                object.setValue(Json.write(value));
                statement.setObject(position, object);
            };
        }
    }
}
