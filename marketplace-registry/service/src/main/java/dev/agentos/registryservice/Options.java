package dev.agentos.registryservice;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A command line of {@code --name value} or {@code --name=value} options and further words.
 *
 * @param values the options by name, without dashes
 * @param words the rest
 */
public record Options(Map<String, String> values, List<String> words) {

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException if an option is unknown or has no value
     */
    public static Options parse(String[] arguments, Set<String> known) {
        Map<String, String> values = new LinkedHashMap<>();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            if (!argument.startsWith("--")) {
                words.add(argument);
                continue;
            }
            int equals = argument.indexOf('=');
            String name = argument.substring(2, equals < 0 ? argument.length() : equals);
            if (!known.contains(name)) {
                throw new IllegalArgumentException("Unknown option --" + name);
            }
            if (equals < 0 && i + 1 == arguments.length) {
                throw new IllegalArgumentException("Option --" + name + " needs a value");
            }
            values.put(name, equals < 0 ? arguments[++i] : argument.substring(equals + 1));
        }
        return new Options(values, words);
    }

    /** The option of that name. */
    public Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The option of that name, which must be there. */
    public String required(String name) {
        return value(name).orElseThrow(() -> new IllegalArgumentException("Option --" + name + " is missing"));
    }
}
