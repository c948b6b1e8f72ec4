package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The settings in force: the command line over the environment over the file over the defaults. A key that nobody knows
 * fails the start and names the nearest one that exists.
 */
public final class Settings {

    private final Map<String, Entry> entries;

    private Settings(Map<String, Entry> entries) {
        this.entries = entries;
    }

    /**
     * A setting's value and where it came from.
     *
     * @param setting what it is
     * @param value in force; empty when there is neither a value nor a default
     * @param origin {@code command line}, {@code environment AGENTOS_…}, {@code file …} or {@code default}
     */
    public record Entry(Setting setting, String value, String origin) {

        /** The value, or dots for a secret. */
        public String shown() {
            return setting.secret() && !value.isEmpty() ? "••••••" : value;
        }
    }

    /**
     * Gathers the settings.
     *
     * @param known what there is to set
     * @param commandLine {@code --name=value} or {@code --name value}
     * @param environment variables; those that begin with {@code AGENTOS_} must be known, {@code reserved} ones aside
     * @param reserved variables and prefixes (ending in an underscore) that are not settings
     * @param file a YAML file of names and values; need not exist
     * @throws AgentOsException {@code server:UNKNOWN_SETTING} or {@code server:INVALID_SETTING}
     */
    public static Settings load(
            List<Setting> known,
            List<String> commandLine,
            Map<String, String> environment,
            Collection<String> reserved,
            Optional<Path> file) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        known.forEach(setting -> entries.put(setting.name(), new Entry(setting, setting.defaultValue(), "default")));
        Settings settings = new Settings(entries);
        file.filter(Files::exists).ifPresent(settings::readFile);
        settings.readEnvironment(environment, reserved);
        settings.readCommandLine(commandLine);
        return settings;
    }

    /** Every setting with its value and origin, in the order of definition. */
    public List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    /** The value of a setting; empty text counts as not set. */
    public Optional<String> text(String name) {
        return Optional.of(entry(name).value()).filter(value -> !value.isEmpty());
    }

    /** The value of a setting that has a default. */
    public String required(String name) {
        return text(name).orElseThrow(() -> invalid(entry(name), "has no value"));
    }

    /** A whole number within bounds. */
    public int number(String name, int least, int most) {
        Entry entry = entry(name);
        try {
            int number = Integer.parseInt(entry.value());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw invalid(entry, "is not a whole number");
        }
        throw invalid(entry, "is not within " + least + " and " + most);
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("No such setting: " + name);
        }
        return entry;
    }

    private void readFile(Path file) {
        String origin = "file " + file;
        try {
            if (Yaml.parse(Files.readString(file)) instanceof JsonObject object) {
                object.members().forEach((name, value) -> set(name, plain(value), origin));
            }
        } catch (IOException e) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The settings in " + file + " cannot be read: " + e.getMessage() + ".",
                    "Check the file and its rights.",
                    e);
        }
    }

    private void readEnvironment(Map<String, String> environment, Collection<String> reserved) {
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            String key = variable.getKey();
            if (!key.startsWith("AGENTOS_") || isReserved(key, reserved)) {
                continue;
            }
            Optional<Setting> fromFile = entries.values().stream()
                    .map(Entry::setting)
                    .filter(setting -> setting.secret() && key.equals(setting.environmentName() + "_FILE"))
                    .findFirst();
            if (fromFile.isPresent()) {
                set(fromFile.get().name(), secretFile(key, Path.of(variable.getValue())), "environment " + key);
            } else {
                String name = entries.values().stream()
                        .map(Entry::setting)
                        .filter(setting -> setting.environmentName().equals(key))
                        .map(Setting::name)
                        .findFirst()
                        .orElseThrow(() -> unknown(key, nearestVariable(key)));
                set(name, variable.getValue(), "environment " + key);
            }
        }
    }

    private void readCommandLine(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("--")) {
                throw new AgentOsException(
                        KernelErrorCode.UNKNOWN_SETTING,
                        "'" + argument + "' is not a setting.",
                        "Write --name=value; 'agentos config' lists the names.");
            }
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument.substring(2) : argument.substring(2, equals);
            if (equals < 0 && i + 1 >= arguments.size()) {
                throw new AgentOsException(
                        KernelErrorCode.INVALID_SETTING, "--" + name + " has no value.", "Write --" + name + "=value.");
            }
            set(name, equals < 0 ? arguments.get(++i) : argument.substring(equals + 1), "command line");
        }
    }

    private void set(String name, String value, String origin) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw unknown(name, nearest(name, entries.keySet()));
        }
        entries.put(name, new Entry(entry.setting(), value.strip(), origin));
    }

    private static boolean isReserved(String key, Collection<String> reserved) {
        return reserved.stream().anyMatch(word -> word.endsWith("_") ? key.startsWith(word) : key.equals(word));
    }

    private static String secretFile(String variable, Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The file that " + variable + " names cannot be read: " + file + ".",
                    "Check the path and its rights.",
                    e);
        }
    }

    private static String plain(JsonValue value) {
        return value instanceof JsonString(String text) ? text : value.toString();
    }

    private @Nullable String nearestVariable(String key) {
        return nearest(
                key,
                entries.values().stream()
                        .map(entry -> entry.setting().environmentName())
                        .toList());
    }

    private static @Nullable String nearest(String name, Collection<String> candidates) {
        return candidates.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .orElse(null);
    }

    private static AgentOsException unknown(String name, @Nullable String nearest) {
        return new AgentOsException(
                KernelErrorCode.UNKNOWN_SETTING,
                "There is no setting '" + name + "'.",
                (nearest == null ? "" : "Did you mean '" + nearest + "'? ") + "'agentos config' lists all settings.");
    }

    private static AgentOsException invalid(Entry entry, String fault) {
        return new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The setting '" + entry.setting().name() + "' " + fault + ": '" + entry.shown() + "' (" + entry.origin()
                        + ").",
                entry.setting().description());
    }

    /** The edit distance of Levenshtein. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
