package dev.agentos.persistence;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Whether a database has had exactly this release's migrations, asked in one query: most starts find nothing to do, and
 * Flyway needs longer than the rest of the database's preparation to find that out. Whatever is not exactly so,
 * altered, missing, failed or unknown, is left to Flyway to judge.
 */
final class AppliedMigrations {

    private static final String DIRECTORY = "db/migration";
    private static final String TABLE = Schema.NAME + ".flyway_schema_history";

    private AppliedMigrations() {}

    /** True only when history and release name the same files with the same contents. */
    static boolean complete(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            Optional<Map<String, Integer>> applied = exists(statement) ? history(statement) : Optional.empty();
            return applied.isPresent() && applied.get().equals(shipped());
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean exists(Statement statement) throws SQLException {
        try (ResultSet found = statement.executeQuery("SELECT to_regclass('" + TABLE + "') IS NOT NULL")) {
            return found.next() && found.getBoolean(1);
        }
    }

    /** The applied scripts with their checksums; empty when something else was done, or failed. */
    private static Optional<Map<String, Integer>> history(Statement statement) throws SQLException {
        Map<String, Integer> applied = new HashMap<>();
        try (ResultSet rows = statement.executeQuery("SELECT type, success, script, checksum FROM " + TABLE)) {
            while (rows.next()) {
                String type = rows.getString("type");
                if (!rows.getBoolean("success") || !type.equals("SQL") && !type.equals("SCHEMA")) {
                    return Optional.empty();
                }
                if (type.equals("SQL")) {
                    applied.put(rows.getString("script"), rows.getInt("checksum"));
                }
            }
        }
        return Optional.of(applied);
    }

    /** The release's migrations with their checksums. */
    static Map<String, Integer> shipped() throws IOException {
        Map<String, Integer> checksums = new HashMap<>();
        for (String name : names()) {
            checksums.put(name, checksum(name));
        }
        return checksums;
    }

    private static List<String> names() throws IOException {
        URL directory = AppliedMigrations.class.getResource("/" + DIRECTORY);
        if (directory == null) {
            throw new IOException("There is no " + DIRECTORY);
        }
        if (directory.openConnection() instanceof JarURLConnection jar) {
            return jar.getJarFile().stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith(DIRECTORY + "/") && name.endsWith(".sql"))
                    .map(name -> name.substring(DIRECTORY.length() + 1))
                    .toList();
        }
        try (Stream<Path> files = Files.list(Path.of(directory.toURI()))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".sql"))
                    .toList();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    /** Flyway's checksum of a script: over its lines, without what ends them. */
    private static int checksum(String name) throws IOException {
        CRC32 sum = new CRC32();
        try (InputStream in = AppliedMigrations.class.getResourceAsStream("/" + DIRECTORY + "/" + name)) {
            if (in == null) {
                throw new IOException("There is no " + name);
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                sum.update(line.getBytes(StandardCharsets.UTF_8));
            }
        }
        return (int) sum.getValue();
    }
}
