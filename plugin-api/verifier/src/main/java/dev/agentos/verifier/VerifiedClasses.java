package dev.agentos.verifier;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.verifier.JdkLinks.Need;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The classes of a verified plugin that may be loaded, each by the SHA-256 of its bytes and with what it needs for that
 * to be granted: a class that links a group of the platform's classes is not loaded without the group.
 *
 * @param conditions by digest, in hexadecimal digits; one need of each list must be met
 */
public record VerifiedClasses(Map<String, List<List<Need>>> conditions) {

    /** No class. */
    public static final VerifiedClasses NONE = new VerifiedClasses(Map.of());

    public VerifiedClasses {
        conditions = new LinkedHashMap<>(conditions);
    }

    /** The digests of the classes that a plugin with those grants may load. */
    public Set<String> loadable(Collection<Permission> granted) {
        return conditions.entrySet().stream()
                .filter(entry -> entry.getValue().stream()
                        .allMatch(anyOf ->
                                anyOf.stream().anyMatch(need -> granted.stream().anyMatch(need::metBy))))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The digest of a class file's bytes. */
    public static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** One line for each class, to be kept beside the plugin. */
    public List<String> toLines() {
        return conditions.entrySet().stream()
                .map(entry -> entry.getKey()
                        + entry.getValue().stream()
                                .map(anyOf -> " "
                                        + anyOf.stream()
                                                .map(need -> need.toString().replace(' ', ':'))
                                                .collect(Collectors.joining("|")))
                                .collect(Collectors.joining()))
                .toList();
    }

    /**
     * Reads what {@link #toLines} wrote.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static VerifiedClasses parse(List<String> lines) {
        Map<String, List<List<Need>>> conditions = new LinkedHashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            if (!words[0].matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("'" + line + "' is no line of a class");
            }
            List<List<Need>> needs = new ArrayList<>();
            for (String word : Arrays.copyOfRange(words, 1, words.length)) {
                needs.add(Arrays.stream(word.split("\\|"))
                        .map(VerifiedClasses::need)
                        .toList());
            }
            conditions.put(words[0], List.copyOf(needs));
        }
        return new VerifiedClasses(conditions);
    }

    private static Need need(String text) {
        int colon = text.indexOf(':');
        return colon < 0
                ? new Need(PermissionKind.ofWord(text), "")
                : new Need(PermissionKind.ofWord(text.substring(0, colon)), text.substring(colon + 1));
    }
}
