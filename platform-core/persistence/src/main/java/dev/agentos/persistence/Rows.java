package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads columns as the types of the ports. */
final class Rows {

    /** A cursor behind every id: lists go from the newest to the oldest. */
    static final String LAST = "~";

    private Rows() {}

    /** JSON text for a column. */
    static String text(@Nullable JsonValue value) {
        return Json.write(value == null ? JsonNull.NULL : value);
    }

    static JsonObject object(ResultSet row, String column) throws SQLException {
        return Json.parseStoredObject(row.getString(column));
    }

    static Optional<JsonObject> optionalObject(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column)).map(Json::parseStoredObject);
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static Optional<Instant> optionalInstant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    static Optional<String> optionalText(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }
}
