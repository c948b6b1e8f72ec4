package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/** Reads columns as the types of the ports. */
final class Rows {

    /** A cursor behind every id: lists go from the newest to the oldest. */
    static final String LAST = "~";

    private Rows() {}

    static JsonObject object(ResultSet row, String column) throws SQLException {
        return Json.parseObject(row.getString(column));
    }

    static Optional<JsonObject> optionalObject(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column)).map(Json::parseObject);
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
